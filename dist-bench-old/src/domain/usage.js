export const NO_USAGE = Object.freeze({ input_tokens: 0, output_tokens: 0, total_tokens: 0 });
export function addUsage(a, b) {
    return {
        input_tokens: a.input_tokens + b.input_tokens,
        output_tokens: a.output_tokens + b.output_tokens,
        total_tokens: a.total_tokens + b.total_tokens,
    };
}
//# sourceMappingURL=usage.js.map