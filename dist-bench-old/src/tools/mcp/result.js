/** What a server answered to a call, as text for the model. Pictures and other bytes are named, not shown. Pure. */
import { canonical } from '../../domain/canonical.js';
import { utf8Length } from '../../domain/conversation.js';
import { truncate } from '../truncate.js';
import { clean, cleanLine } from './clean.js';
export function toOutcome({ content = [], structuredContent, isError }) {
    const parts = content.map(textOf);
    const text = parts.join('\n');
    const structured = structuredContent === undefined || says(text, structuredContent) ? [] : [toJson(structuredContent)];
    const whole = [...(text === '' ? [] : [text]), ...structured].join('\n');
    return { outcome: isError === true ? 'failed' : 'ok', content: truncate(clean(whole)) || '[no output]' };
}
function textOf(value) {
    const part = Object(value);
    const { type, text } = part;
    if (type === 'text' && typeof text === 'string')
        return text;
    if (type === 'image' || type === 'audio')
        return bytes(type, part.mimeType, part.data);
    if (type === 'resource_link')
        return `[link to a resource: ${word(part.uri, 500)}]`;
    if (type === 'resource')
        return resource(Object(part.resource));
    return `[a part of the unknown type ${JSON.stringify(word(type, 40))}]`;
}
function resource({ uri, mimeType, text, blob }) {
    const kind = `resource ${word(uri, 500)}`;
    if (typeof text === 'string')
        return `[${kind}, ${word(mimeType, 80) || 'text'}, ${utf8Length(text)} bytes]`;
    return bytes(kind, mimeType, blob);
}
function bytes(kind, mimeType, base64) {
    const size = typeof base64 === 'string' ? Math.floor((base64.replace(/=+$/, '').length * 3) / 4) : 0;
    return `[${kind}, ${word(mimeType, 80) || 'of no stated type'}, ${size} bytes]`;
}
function word(value, max) {
    return typeof value === 'string' ? cleanLine(value, max) : '';
}
/** Most servers send the same twice, once as text. */
function says(text, structured) {
    try {
        return canonical(JSON.parse(text)) === canonical(structured);
    }
    catch {
        return false;
    }
}
function toJson(value) {
    try {
        return JSON.stringify(value);
    }
    catch {
        return '[structured content that is nested too deep]';
    }
}
//# sourceMappingURL=result.js.map