/**
 * The codec of the command, for every client and worker that it makes: the one of this package, or a module of the user
 * that exports a payload codec or a data converter. Its code runs here: only a path that the user has named comes here.
 */
import { statSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import { keyFileOf } from '../config/temporal-settings.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';

export type DataConverter = NonNullable<Client['options']['dataConverter']>;

/**
 * @returns undefined when no codec is set. Throws `usage` for a module that gives none, and `environment` for a key file
 * that cannot be used.
 */
export async function loadDataConverter(path: string | undefined): Promise<DataConverter | undefined> {
  if (path === undefined) return undefined;
  const keyFile = keyFileOf(path);
  if (keyFile !== undefined) {
    const { encryptedDataConverter } = await import('../codec/encryption-codec.js');
    return encryptedDataConverter({ keyFile });
  }
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw wrong(`There is no codec module ${path}`);
  let exported: Record<string, unknown>;
  try {
    const { loadModule } = await import('../tools/user-module.js');
    exported = Object(await loadModule(path)) as Record<string, unknown>;
  } catch (error) {
    throw wrong(`The codec module ${path} cannot be loaded: ${sentenceOf(error)}`, error);
  }
  for (const candidate of [exported.dataConverter, exported.codec, exported.default]) {
    const converter = converterOf(candidate);
    if (converter) return converter;
  }
  throw wrong(`The codec module ${path} exports neither a payload codec nor a data converter`);
}

// ---

const CONVERTER_KEYS = ['payloadCodecs', 'payloadConverterPath', 'failureConverterPath'];

function converterOf(exported: unknown): DataConverter | undefined {
  const value = Object(exported) as Record<string, unknown>;
  if (isCodec(value)) return { payloadCodecs: [value] };
  const codecs = value.payloadCodecs ?? [];
  const isConverter = CONVERTER_KEYS.some((key) => value[key] !== undefined);
  return isConverter && Array.isArray(codecs) && codecs.every(isCodec) ? (value as DataConverter) : undefined;
}

type PayloadCodec = NonNullable<DataConverter['payloadCodecs']>[number];

function isCodec(value: unknown): value is PayloadCodec {
  const { encode, decode } = Object(value) as Record<string, unknown>;
  return typeof encode === 'function' && typeof decode === 'function';
}

function wrong(message: string, cause?: unknown): RookeryError {
  return new RookeryError('usage', message, {
    hint: 'Write aes:KEYFILE, or export it by the name codec or dataConverter, or as the default, with encode and decode',
    cause,
  });
}
