/** `rookery mcp`: lists MCP servers with their tools, trusts the current definitions, and installs packages. */

import type { ConfiguredMcp } from '../../config/mcp-settings.js';
import { RookeryError } from '../../domain/errors.js';
import { normaliseParameters } from '../../domain/tool-schemas/normalise.js';
import { quoted, visibleLine } from '../../domain/visible.js';
import type { Definition, DefinitionTrust, InspectedServer } from '../../worker/inspect-mcp-server.js';
import { EXIT, type ExitCode } from '../exit.js';
import { hostLines } from '../host-text.js';
import { noSuchAction, openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';
import { MCP_OPTION } from '../task-options.js';

export const spec: VerbSpec = {
  words: '[action] [name]',
  help:
    'list: shows the MCP servers and their tools.\n' +
    'trust NAME: pins the current definitions of its tools.\n' +
    'install NAME: downloads its package.',
  options: [MCP_OPTION],
  examples: ['rookery mcp list', 'rookery mcp trust github'],
  run,
};

async function run([action = 'list', name, ...more]: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  if (action === 'list' && name === undefined) return list(session);
  if (action === 'trust' && name !== undefined && more.length === 0) return trust(session, name);
  if (action === 'install' && name !== undefined && more.length === 0) return install(session, name);
  throw noSuchAction('mcp', [action, name, ...more], 'Write `mcp list`, `mcp trust NAME` or `mcp install NAME`');
}

// ---

type InspectedTool = InspectedServer['tools'][number];

async function list(session: Session): Promise<ExitCode> {
  const { out, settings } = session;
  const inspected = await Promise.all(settings.mcp.value.map((server) => inspect(session, server)));
  if (out.json) {
    out.value({ servers: inspected.map(toJson) });
    return EXIT.done;
  }
  if (inspected.length === 0) out.line('No MCP server is configured: add [mcp.NAME] to a settings file, or --mcp.');
  for (const { server, problem, tools, leftOut } of inspected) {
    out.line(
      `${server.name}  ${problem === undefined ? `answers, ${tools.length} tools` : `it ${visibleLine(problem)}`}`,
    );
    if ('url' in server) out.lines(hostLines(server.url).map((line) => `  ${line}`));
    for (const { definition, trustState } of tools) {
      out.line(`  ${trustState.state.padEnd(8)} ${definition.name}${detail(trustState)}`);
      for (const change of changesTo(definition))
        out.line(`           told to models differently: ${visibleLine(change)}`);
    }
    for (const line of leftOut) out.line(`  ${visibleLine(line)}`);
  }
  return EXIT.done;
}

/** The command is the person's permission to fetch and keep the package. */
async function install(session: Session, name: string): Promise<ExitCode> {
  const { out, paths, env } = session;
  const { installServer } = await import('../../worker/inspect-mcp-server.js');
  const installed = await installServer(serverNamed(session, name), { paths, env });
  const { package: installedName, version, directory } = installed;
  if (out.json) out.value({ name, package: installedName, version, directory });
  else out.line(visibleLine(`installed: ${installedName} ${version} for ${name}, in ${directory}`));
  return EXIT.done;
}

function serverNamed({ settings }: Session, name: string): ConfiguredMcp {
  const server = settings.mcp.value.find((one) => one.name === name);
  if (server) return server;
  const names = settings.mcp.value.map((one) => one.name).join(', ') || 'none is configured';
  throw new RookeryError('not_found', `There is no MCP server '${name}'`, { hint: `Servers: ${names}` });
}

async function trust(session: Session, name: string): Promise<ExitCode> {
  const { out } = session;
  const server = serverNamed(session, name);
  const inspected = await inspect(session, server);
  if (inspected.problem !== undefined)
    throw new RookeryError('environment', `The MCP server ${name} ${inspected.problem}`);
  if (!out.json) for (const tool of inspected.tools) for (const line of difference(tool)) out.line(line);
  await inspected.trust();
  if (out.json) out.value(toJson(inspected));
  else out.line(`trusted: ${inspected.tools.length} tools of ${name}, as they are now`);
  return EXIT.done;
}

async function inspect({ settings, paths, env }: Session, server: ConfiguredMcp): Promise<InspectedServer> {
  const { inspectServer } = await import('../../worker/inspect-mcp-server.js');
  return inspectServer(server, { paths, env, sandbox: settings.security.value.sandbox });
}

/** What models are told differently of its arguments, so that every provider accepts them. */
function changesTo({ parameters }: Definition): readonly string[] {
  return normaliseParameters(parameters).changes;
}

function detail(trustState: DefinitionTrust): string {
  return trustState.state === 'changed' ? `  (${trustState.what.join(', ')})` : '';
}

/** The definition to be trusted, compared with the one trusted before. */
function difference({ definition, trustState }: InspectedTool): string[] {
  if (trustState.state === 'pinned') return [];
  const after = shown(definition).map((line) => `  + ${line}`);
  if (trustState.state === 'new') return [`new: ${definition.name}`, ...after];
  const before = shown(trustState.before).map((line) => `  - ${line}`);
  return [`changed: ${definition.name} (${trustState.what.join(', ')})`, ...before, ...after];
}

function shown({ description, parameters }: Pick<Definition, 'description' | 'parameters'>): string[] {
  return [...description.split('\n').map(visibleLine), quoted(parameters)];
}

function toJson({ server, problem, tools, leftOut }: InspectedServer) {
  return {
    name: server.name,
    source: 'url' in server ? server.url : [server.command, ...server.args].join(' '),
    ok: problem === undefined,
    problem: problem ?? null,
    left_out: leftOut,
    tools: tools.map(({ definition, trustState }) => ({
      name: definition.name,
      state: trustState.state,
      changed: trustState.state === 'changed' ? trustState.what : [],
      description: definition.description,
      parameters: definition.parameters,
      told_differently: changesTo(definition),
      before: trustState.state === 'changed' ? trustState.before : null,
    })),
  };
}
