/**
 * The smallest model that llama.cpp loads: one layer of the llama architecture with random weights, and a tokenizer that has
 * nothing but the 256 bytes. It knows nothing; the server around it is real.
 */

export interface GgufOptions {
  readonly context: number;
  /** The template of its chat. */
  readonly template?: string;
  /** Between 0 and 1. */
  random(): number;
}

const [WIDTH, HIDDEN, HEADS] = [32, 64, 2];
const TOKENS = ['<unk>', '<s>', '</s>', ...Array.from({ length: 256 }, (_, i) => byteToken(i)), '\u2581'];
/** Unknown, control, control, bytes, normal. */
const TOKEN_TYPES = [2, 3, 3, ...Array<number>(256).fill(6), 1];
const ALIGNMENT = 32;

export function tinyGguf(options: GgufOptions): Buffer {
  const fields = metadata(options);
  const tensors = TENSORS.map(({ name, shape }) => ({ name, shape, data: weights(name, shape, options.random) }));
  let offset = 0;
  const table = tensors.map(({ name, shape, data }) => {
    const row = [text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset)];
    offset += data.length;
    return Buffer.concat(row);
  });
  const head = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(fields.length), ...fields, ...table];
  return Buffer.concat([padded(Buffer.concat(head)), ...tensors.map(({ data }) => data)]);
}

// ---

const TENSORS: readonly { readonly name: string; readonly shape: readonly number[] }[] = [
  { name: 'token_embd.weight', shape: [WIDTH, TOKENS.length] },
  { name: 'output_norm.weight', shape: [WIDTH] },
  { name: 'output.weight', shape: [WIDTH, TOKENS.length] },
  { name: 'blk.0.attn_norm.weight', shape: [WIDTH] },
  ...['q', 'k', 'v', 'output'].map((part) => ({ name: `blk.0.attn_${part}.weight`, shape: [WIDTH, WIDTH] })),
  { name: 'blk.0.ffn_norm.weight', shape: [WIDTH] },
  { name: 'blk.0.ffn_gate.weight', shape: [WIDTH, HIDDEN] },
  { name: 'blk.0.ffn_up.weight', shape: [WIDTH, HIDDEN] },
  { name: 'blk.0.ffn_down.weight', shape: [HIDDEN, WIDTH] },
];

/** Numbers of the format: of its types of values, and of the lists of them. */
const TYPE = { u32: 4, i32: 5, f32: 6, text: 8, list: 9 } as const;

function metadata({ context, template }: GgufOptions): Buffer[] {
  const number = (key: string, value: number): Buffer => field(key, TYPE.u32, u32(value));
  const list = (key: string, type: number, items: readonly Buffer[]): Buffer =>
    field(key, TYPE.list, Buffer.concat([u32(type), u64(items.length), ...items]));
  return [
    field('general.architecture', TYPE.text, text('llama')),
    field('general.name', TYPE.text, text('random')),
    number('llama.context_length', context),
    number('llama.embedding_length', WIDTH),
    number('llama.block_count', 1),
    number('llama.feed_forward_length', HIDDEN),
    number('llama.attention.head_count', HEADS),
    number('llama.attention.head_count_kv', HEADS),
    number('llama.rope.dimension_count', WIDTH / HEADS),
    number('llama.vocab_size', TOKENS.length),
    field('llama.attention.layer_norm_rms_epsilon', TYPE.f32, f32(1e-5)),
    field('tokenizer.ggml.model', TYPE.text, text('llama')),
    list('tokenizer.ggml.tokens', TYPE.text, TOKENS.map(text)),
    list(
      'tokenizer.ggml.scores',
      TYPE.f32,
      TOKENS.map(() => f32(0)),
    ),
    list('tokenizer.ggml.token_type', TYPE.i32, TOKEN_TYPES.map(u32)),
    number('tokenizer.ggml.bos_token_id', 1),
    number('tokenizer.ggml.eos_token_id', 2),
    ...(template === undefined ? [] : [field('tokenizer.chat_template', TYPE.text, text(template))]),
  ];
}

function weights(name: string, shape: readonly number[], random: () => number): Buffer {
  const count = shape.reduce((product, size) => product * size, 1);
  const value = name.includes('norm') ? () => 1 : () => random() - 0.5;
  return padded(Buffer.from(Float32Array.from({ length: count }, value).buffer));
}

function byteToken(i: number): string {
  return `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`;
}

const field = (key: string, type: number, value: Buffer): Buffer => Buffer.concat([text(key), u32(type), value]);

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT)]);
}
