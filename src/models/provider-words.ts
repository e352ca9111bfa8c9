/**
 * What providers mean: their codes and wordings. Reads foreign text only; whether and how it is said again is decided
 * elsewhere. Words count before the status: gateways change the status, and the same fault has a different one with
 * each provider.
 */

export interface Words {
  /** What the provider says, in its own words; may be empty. */
  readonly text: string;
  /** Codes, types and status names of the error, outermost first. */
  readonly marks: readonly string[];
  /** The wait that a field of the body names. */
  readonly waitMs?: number;
}

interface Answer {
  readonly status: number;
  readonly words: Words;
}

/** The HTTP status that the codes and types in an error frame stand for. */
export function closest(marks: readonly string[]): number | undefined {
  for (const mark of marks) {
    if (/^[45]\d\d$/.test(mark)) return Number(mark);
    if (Object.hasOwn(STATUS_OF, mark)) return STATUS_OF[mark];
  }
  return undefined;
}

/** Waiting does not help until a person has paid, or the day comes that the words name. */
export function isOutOfCredit({ status, words }: Answer): boolean {
  if (status === 402 || closest(words.marks) === 402 || NO_CREDIT.test(`${words.marks.join(' ')} ${words.text}`))
    return true;
  // Google says these words of a limit per minute too, but then with a wait.
  return status === 429 && words.waitMs === undefined && /check your plan and billing/i.test(words.text);
}

export function isKeyRefused({ status, words }: Answer): boolean {
  if (status === 401 || status === 403 || (status < 500 && closest(words.marks) === 401)) return true;
  return KEY_REFUSED.test(`${words.marks.join(' ')} ${words.text}`);
}

/** 403 for what the conversation holds: another key would not help, another model may. */
export function isModerated({ status, words }: Answer): boolean {
  return status === 403 && /\bflagged\b|moderation|content[ _]policy|safety system/i.test(words.text);
}

/** The model wrote a tool call that the provider's own parser refused: it can be asked again. */
export function isModelSlip({ words }: Answer): boolean {
  const code = words.marks.some((mark) => mark === 'tool_use_failed' || mark === 'output_parse_failed');
  return code || /failed to call a function|tool call validation failed|error parsing tool call/i.test(words.text);
}

/** A limit per time that one request alone does not exceed. */
export function isRateLimit({ status, words }: Answer): boolean {
  if (status === 429 || asked(words) === 'too often') return true;
  if (status >= 500 || status === 401) return false;
  return closest(words.marks) === 429 || TOO_OFTEN.test(words.text);
}

/** Nothing is wrong with the request, although a gateway gave it the status of a refused one. */
export function isUnavailable({ status, words }: Answer): boolean {
  if (status >= 500 || PASSING.includes(status)) return true;
  return status === 400 && Number(closest(words.marks)) >= 500;
}

/**
 * The conversation is too long for the model, or for what the account may send at once. In doubt yes: a wrong guess
 * costs one request with a shorter conversation, while a refused request ends the task.
 */
export function isContextOverflow({ status, words }: Answer): boolean {
  const { text, marks } = words;
  if (status === 401) return false;
  const size = asked(words);
  if (size !== undefined) return size === 'too much';
  if (isReplyTooLong(text)) return false;
  if (marks.some((mark) => OVERFLOW_MARKS.has(mark)) || OVERFLOW.test(text)) return true;
  if (isRateLimit({ status, words }) || isKeyRefused({ status, words }) || status === 404) return false;
  if (status === 413) return true;
  const about = status >= 500 ? /\b(prompt|input|context|tokens?)\b/i : MEASURED;
  return about.test(text) && TOO_MUCH.test(text) && !OTHER_LIMIT.test(text);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// --- internal ---

/** Too early, in conflict, a failed dependency, out of capacity, or closed by the client's side. */
const PASSING: readonly number[] = [408, 409, 424, 425, 498, 499];

const STATUS_OF: Readonly<Record<string, number>> = Object.freeze({
  invalid_api_key: 401,
  authentication_error: 401,
  UNAUTHENTICATED: 401,
  billing_error: 402,
  // Zhipu: the account is in arrears.
  1113: 402,
  permission_error: 403,
  PERMISSION_DENIED: 403,
  AccessDeniedException: 403,
  not_found_error: 404,
  NOT_FOUND: 404,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  RESOURCE_EXHAUSTED: 429,
  ThrottlingException: 429,
  // Zhipu: too many requests at once, too many per minute, and too much traffic.
  1302: 429,
  1303: 429,
  1305: 429,
  invalid_request_error: 400,
  context_length_exceeded: 400,
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  ValidationException: 400,
  BadRequestError: 400,
  UNAVAILABLE: 503,
  ServiceUnavailableException: 503,
  overloaded_error: 529,
});

const NO_CREDIT = new RegExp(
  [
    'insufficient_quota|billing_(hard_limit|not_active)|exceeded_current_quota_error|\\bArrearage\\b',
    'credit balance is too low|insufficient[ _](credits?|balance|funds)|key limit exceeded',
    '(any|no|out of|requires? more|not enough|all available|remaining) credits|credits? (are|is|have been|has been)? ?(exhausted|depleted|used up)',
    'budget has been exceeded|BudgetExceeded|budget_exceeded|ExceededBudget|monthly spending limit|over budget|credit limit',
    'exceeded (its |your |the )?(daily |weekly |monthly )?(budget|included credits)|payment required',
    'API usage limits|regain access|requires billing|billing hard limit|余额不足|额度不足|欠费',
  ].join('|'),
  'i',
);

const KEY_REFUSED = new RegExp(
  [
    '(incorrect|invalid|wrong|malformed|missing|expired|no) (x-)?api[- _]?key|api[- _]?key (is )?(not valid|invalid|expired|not found|missing)',
    'invalid_api_key|API_KEY_INVALID|x-api-key header is (required|missing)|must provide an api key|authentication error',
    '(^| )unauthorized$|no auth credentials',
  ].join('|'),
  'i',
);

const OVERFLOW_MARKS: ReadonlySet<string> = new Set([
  'context_length_exceeded',
  'exceed_context_size_error',
  'model_max_prompt_tokens_exceeded',
  'ContextWindowExceededError',
  // Zhipu.
  '1261',
]);

/** These words alone are enough. */
const OVERFLOW = new RegExp(
  [
    'maximum (context|prompt|input|model) length|contextwindowexceeded|exceed_context_size',
    '(exceeds?|exceeded|exceeding|over|longer than|fit in|larger than|greater than)( the| its)?( available| maximum| model.?s?| max)* context',
    'context[ _](length|window|limit|size)[ _](is |was |has been )?exceed',
    '(prompt|input|request|conversation|messages?)( is| was| are)? too (long|large)|too large to process|request_too_large',
    'request (size )?exceeds the maximum|expected maxLength: \\d{6}',
    'input token count|reduce the length of the (messages|prompt|input)|range of input length|long context requests',
    'must (be <=|have less than) \\d+( tokens)?\\. Given',
    '超长|输入长度|(长度|上下文).{0,8}(超|过长)|超.{0,6}(长度|上下文)',
  ].join('|'),
  'i',
);

/** What is measured, and that it is too much; either may be said in many ways. */
const MEASURED = /\b(tokens?|length|context|window|prompt|input)\b/i;
const TOO_MUCH =
  /exceed|overflow|maximum|\bmax\b|\blimit(s|ed)?\b|too (long|large|big|many|much)|longer than|larger than|greater than|less than|超过|is only|\bhas\b.*\bbut\b/i;

/** Limits that a shorter conversation does not help with: of the reply, of names, of time and of the list of tools. */
const OTHER_LIMIT = new RegExp(
  [
    'max_?(completion_|output_|new_)?tokens|maxOutputTokens|(completion|output) tokens|deadline|timed? ?out',
    "(tools?|functions?|tool_calls?)\\b.{0,60}\\b(name|id|description|array)|\\b(call_id|\\.id|\\.name|user|metadata|stop)'|\\barguments?\\b|prompt_cache_key|safety_identifier",
    '\\bper[ _](second|min|minute|hour|day)\\b|rate limit|\\bquota\\b|concurren',
  ].join('|'),
  'i',
);

const TOO_OFTEN =
  /rate[ _-]?limits? (was |is |has been |have been )?(reached|exceeded|hit)|too many requests|secondary rate limit|频率|限流/i;

/** `Limit 30000, Used 29000, Requested 2000`: whether one request is more than the whole limit, or came too early. */
function asked({ text, marks }: Words): 'too much' | 'too often' | undefined {
  const found = /\blimit:? ([\d,]+)[^.]*?\brequested:? ([\d,]+)/i.exec(text);
  const inTime = /\bper[ _](second|min|minute|hour|day)\b|\bI?[TR]P[MDH]\b/i.test(text) || marks.includes('tokens');
  if (!found || !inTime) return undefined;
  const [limit = 0, requested = 0] = found.slice(1).map((digits) => Number(digits.replaceAll(',', '')));
  return requested > limit ? 'too much' : 'too often';
}

/** Where prompt and reply are counted together: the prompt is less than half of the limit, so the reply is too long. */
function isReplyTooLong(text: string): boolean {
  const found = TOGETHER.map((pattern) => pattern.exec(text)?.groups).find((groups) => groups !== undefined);
  const count = (digits: string | undefined): number => Number(digits?.replaceAll(',', ''));
  return found !== undefined && count(found.prompt) * 2 < count(found.limit);
}

const TOGETHER: readonly RegExp[] = [
  /length is (?<limit>[\d,]+) tokens.*?(?<prompt>[\d,]+) (?:input tokens|in the (?:messages|prompt)|of text input)/,
  /limit: (?<prompt>[\d,]+) \+ [\d,]+ > (?<limit>[\d,]+)/,
  /must be <= (?<limit>[\d,]+)\. Given: (?<prompt>[\d,]+) `?inputs/,
];
