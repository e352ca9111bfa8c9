/**
 * Images of a conversation as a model takes them: by their address where it fetches that itself, else downloaded here; with
 * the type that the bytes have, whatever they were called.
 */
import type { LanguageModelV4, LanguageModelV4FilePart, LanguageModelV4Message } from '@ai-sdk/provider';

/** Throws what the download throws. */
export async function withFiles(
  model: Pick<LanguageModelV4, 'supportedUrls'>,
  prompt: LanguageModelV4Message[],
  signal: AbortSignal,
): Promise<LanguageModelV4Message[]> {
  if (!prompt.some(({ role, content }) => role === 'user' && content.some(({ type }) => type === 'file')))
    return prompt;
  const sdk = await import('@ai-sdk/provider-utils');
  const supportedUrls = await model.supportedUrls;
  const fetched = async (part: LanguageModelV4FilePart): Promise<LanguageModelV4FilePart> => {
    const { data, mediaType } = part;
    if (data.type !== 'url') return part;
    if (sdk.isUrlSupported({ url: data.url.href, mediaType, supportedUrls })) return part;
    const blob = await sdk.downloadBlob(data.url.href, { abortSignal: signal });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return { ...part, mediaType: blob.type || mediaType, data: { type: 'data', data: bytes } };
  };
  const ready = async (part: LanguageModelV4FilePart): Promise<LanguageModelV4FilePart> => {
    const known = await fetched(part);
    if (known.data.type !== 'data') return known;
    const mediaType = sdk.detectMediaType({ data: known.data.data, topLevelType: 'image' }) ?? known.mediaType;
    return { ...known, mediaType };
  };
  const messages = prompt.map(async (message) => {
    if (message.role !== 'user') return message;
    const content = message.content.map((part) => (part.type === 'file' ? ready(part) : part));
    return { ...message, content: await Promise.all(content) };
  });
  return Promise.all(messages);
}
