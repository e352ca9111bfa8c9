/**
 * A real local HTTP server that speaks the OpenAI and the Anthropic protocol, streaming and not.
 * What it answers is a pure function of the request; what it was asked stays in `requests`. It never judges.
 */
import { appendFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
export async function startLlmServer(script, options = {}) {
    const requests = [];
    const serve = async (incoming, response) => {
        const request = await readRequest(incoming);
        if (incoming.method === 'GET')
            return sendJson(response, 200, { object: 'list', data: [{ id: 'scripted' }] });
        const kept = options.forget ? { ...request, messages: [], body: {} } : request;
        const logged = { ...kept, time: Date.now(), answer: undefined, sent: false };
        requests.push(logged);
        response.on('finish', () => {
            logged.sent = true;
        });
        response.on('close', () => {
            if (options.logFile)
                appendFileSync(options.logFile, `${JSON.stringify(logged)}\n`);
        });
        logged.answer = script(request);
        await answer(response, request, logged.answer);
    };
    const listener = (incoming, response) => {
        serve(incoming, response).catch((error) => response.destroy(error));
    };
    const server = options.tls ? createHttps(options.tls, listener) : createHttp(listener);
    server.keepAliveTimeout = 30_000;
    await new Promise((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
    const { port } = server.address();
    const close = () => new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
    });
    return { url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`, requests, close };
}
/** A model that works for `iterations` replies and then answers; which reply is due is read from the conversation. */
export function scriptedAgent(agent) {
    return ({ messages }) => {
        const n = repliesIn(messages);
        if (n >= agent.iterations)
            return { content: agent.final };
        const wanted = [agent.callFor(n)].flat();
        return { calls: wanted.map((call, i) => ({ id: agent.repeatIds ? `call_${i}` : `call_${n}_${i}`, ...call })) };
    };
}
/** How many replies the conversation has had, those that were removed from it included. */
export function repliesIn(messages) {
    const said = messages.find(({ role, content }) => role === 'user' && String(content).startsWith('[The first '));
    const removed = Number(/^\[The first (\d+) replies/.exec(String(said?.content))?.[1] ?? 0);
    return removed + messages.filter(({ role }) => role === 'assistant').length;
}
// --- internal ---
async function readRequest(incoming) {
    const pieces = [];
    for await (const piece of incoming)
        pieces.push(piece);
    const text = Buffer.concat(pieces).toString('utf8');
    const body = (text ? JSON.parse(text) : {});
    return {
        path: incoming.url ?? '/',
        headers: incoming.headers,
        model: String(body.model ?? ''),
        messages: (body.messages ?? []),
        tools: (body.tools ?? []),
        stream: body.stream === true,
        body,
    };
}
const pause = (ms) => ms ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve();
async function answer(response, request, script) {
    if ('hang' in script)
        return;
    if ('reset' in script)
        return void response.socket?.destroy();
    if ('html' in script) {
        response.writeHead(200, { 'content-type': 'text/html' });
        return void response.end('<!doctype html><title>Sign in</title>');
    }
    if ('empty' in script)
        return void response.writeHead(200).end();
    await pause(script.delayMs);
    if ('status' in script)
        return sendFault(response, script);
    const speak = request.path.endsWith('/messages') ? anthropic : openai;
    if (!request.stream || script.json)
        return sendJson(response, 200, speak.whole(script, request.model));
    await sendEvents(response, script, speak.events(script, request.model));
}
function sendFault(response, { status, headers, body }) {
    if (typeof body === 'string')
        return void response.writeHead(status, headers).end(body);
    sendJson(response, status, body ?? { error: { message: `fault ${status}` } }, headers);
}
function sendJson(response, status, body, headers = {}) {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
async function sendEvents(response, script, events) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events.text) {
        response.write(event);
        await pause(script.pieceDelayMs);
    }
    if (script.after === 'hang')
        return;
    if (script.after === 'cut')
        return void response.write('data: {"ch', () => response.socket?.destroy());
    if (script.after === 'end')
        return void response.end();
    response.end(events.rest.join(''));
}
/** Three pieces, so that text grows while it is read. */
function pieces(text) {
    const third = Math.max(1, Math.ceil(text.length / 3));
    return text === ''
        ? []
        : [0, 1, 2].map((i) => text.slice(i * third, (i + 1) * third)).filter((piece) => piece !== '');
}
const argsText = (args) => (typeof args === 'string' ? args : JSON.stringify(args));
const openai = {
    whole(script, model) {
        const tool_calls = script.calls?.map(openaiCall);
        const message = { role: 'assistant', content: script.content ?? null, ...(tool_calls && { tool_calls }) };
        const choice = { index: 0, message, finish_reason: openaiFinish(script) };
        return { id: 'r1', object: 'chat.completion', created: 1, model, choices: [choice], usage: openaiUsage(script) };
    },
    events(script, model) {
        const head = { id: 'r1', object: 'chat.completion.chunk', created: 1, model };
        const event = (fields) => `data: ${JSON.stringify({ ...head, ...fields })}\n\n`;
        const delta = (value) => event({ choices: [{ index: 0, delta: value, finish_reason: null }] });
        const calls = (script.calls ?? []).map((call, index) => delta({ tool_calls: [{ index, ...openaiCall(call) }] }));
        const finish = event({ choices: [{ index: 0, delta: {}, finish_reason: openaiFinish(script) }] });
        const text = pieces(script.content ?? '').map((content) => delta({ content }));
        return {
            text: [delta({ role: 'assistant' }), ...text],
            rest: [...calls, finish, event({ choices: [], usage: openaiUsage(script) }), 'data: [DONE]\n\n'],
        };
    },
};
const openaiCall = ({ id, name, args }) => ({
    id,
    type: 'function',
    function: { name, arguments: argsText(args) },
});
function openaiFinish({ finish, calls }) {
    return finish === undefined ? (calls?.length ? 'tool_calls' : 'stop') : finish;
}
function openaiUsage({ usage = { input: 10, output: 5 } }) {
    return { prompt_tokens: usage.input, completion_tokens: usage.output, total_tokens: usage.input + usage.output };
}
const anthropic = {
    whole(script, model) {
        const text = script.content ? [{ type: 'text', text: script.content }] : [];
        const calls = (script.calls ?? []).map(({ id, name, args }) => ({ type: 'tool_use', id, name, input: args }));
        const { input, output } = script.usage ?? { input: 10, output: 5 };
        const usage = { input_tokens: input, output_tokens: output };
        const stop_reason = script.finish === undefined ? (calls.length ? 'tool_use' : 'end_turn') : script.finish;
        const content = [...text, ...calls];
        return { id: 'm1', type: 'message', role: 'assistant', model, content, stop_reason, stop_sequence: null, usage };
    },
    events(script, model) {
        const event = (type, fields) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
        const whole = anthropic.whole(script, model);
        const opening = { ...whole, content: [], stop_reason: null, usage: { ...whole.usage, output_tokens: 0 } };
        const text = pieces(script.content ?? '').map((piece) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: piece } }));
        const first = script.content ? 1 : 0;
        const calls = (script.calls ?? []).flatMap(({ id, name, args }, i) => {
            const index = first + i;
            return [
                event('content_block_start', { index, content_block: { type: 'tool_use', id, name, input: {} } }),
                event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: argsText(args) } }),
                event('content_block_stop', { index }),
            ];
        });
        const start = first ? [event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })] : [];
        const stop = first ? [event('content_block_stop', { index: 0 })] : [];
        const delta = { stop_reason: whole.stop_reason, stop_sequence: null };
        const end = event('message_delta', { delta, usage: { output_tokens: whole.usage.output_tokens } });
        return {
            text: [event('message_start', { message: opening }), ...start, ...text],
            rest: [...stop, ...calls, end, event('message_stop', {})],
        };
    },
};
//# sourceMappingURL=llm-server.js.map