/**
 * What a provider gives with its reply and wants back: collected from the stream of the reply, and put back into the next
 * request. Opaque: nothing here reads it.
 */
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { OriginPart, ReplyOrigin } from '../../domain/conversation.js';
import { FIXED } from '../../domain/limits.js';

type Options = NonNullable<OriginPart['options']>;

/** Collects the parts of one reply in their order. */
export class OriginCollector {
  readonly #parts: Open[] = [];
  readonly #open = new Map<string, Open>();

  add(part: LanguageModelV4StreamPart): void {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start': {
        const kind = part.type === 'text-start' ? 'text' : 'reasoning';
        const open: Open = { kind, text: '', options: part.providerMetadata };
        this.#parts.push(open);
        this.#open.set(`${kind} ${part.id}`, open);
        return;
      }
      case 'text-delta':
      case 'reasoning-delta':
      case 'text-end':
      case 'reasoning-end': {
        const open = this.#open.get(`${part.type.startsWith('text') ? 'text' : 'reasoning'} ${part.id}`);
        if (!open) return;
        if ('delta' in part) open.text += part.delta;
        open.options = part.providerMetadata ?? open.options;
        return;
      }
      case 'tool-call':
        this.#parts.push({ kind: 'call', text: '', options: part.providerMetadata });
    }
  }

  /** Whether the model has reasoned. */
  get reasoned(): boolean {
    return this.#parts.some(
      ({ kind, text, options }) => kind === 'reasoning' && (text !== '' || options !== undefined),
    );
  }

  /**
   * @returns the origin of the reply, also when it holds nothing to give back: its call ids are the provider's. undefined
   * for a reply with neither.
   */
  toOrigin(provider: string, model: string): ReplyOrigin | undefined {
    const parts = this.#parts.map(toPart).filter((part) => part.kind !== 'reasoning' || isGiven(part));
    if (!parts.some(isGiven))
      return parts.some(({ kind }) => kind === 'call') ? { provider, model, parts: [] } : undefined;
    if (JSON.stringify(parts).length > FIXED.originBytes) return { provider, model, parts: cut(parts) };
    return { provider, model, parts };
  }
}

// --- internal ---

interface Open {
  readonly kind: OriginPart['kind'];
  text: string;
  options: Options | undefined;
}

function toPart({ kind, text, options }: Open): OriginPart {
  const given = isEmpty(options) ? {} : { options: JSON.parse(JSON.stringify(options)) as Options };
  if (kind === 'reasoning') return { kind, text, ...given };
  return kind === 'text' ? { kind, length: text.length, ...given } : { kind, ...given };
}

/** Some packages give options that say nothing, such as an empty list of reasoning details. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}

/** There is something in it that only the provider can give. */
function isGiven(part: OriginPart): boolean {
  return part.options !== undefined || (part.kind === 'reasoning' && part.text !== '');
}

/** Reasoning without a signature may be cut; with one it is whole or not at all. */
function cut(parts: readonly OriginPart[]): readonly OriginPart[] {
  if (parts.some(({ options }) => options !== undefined)) return [];
  const most = Math.floor(FIXED.originBytes / 8 / Math.max(1, parts.length));
  return parts.map((part) =>
    part.kind === 'reasoning' ? { ...part, text: [...part.text.slice(0, most)].slice(0, -1).join('') } : part,
  );
}
