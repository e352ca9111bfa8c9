import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { trustProjectFile } from '../../src/config/files.js';
import { resolveSettings } from '../../src/config/settings.js';
import { webSettings } from '../../src/config/web-settings.js';

const searxng = (value?: string) => ({ searxng: { value, origin: 'default' as const } });

describe('the settings of the web search', () => {
  test('are the address of the own engine and the keys in the environment', () => {
    expect(webSettings(searxng(), {})).toEqual({});
    expect(webSettings(searxng(), { BRAVE_API_KEY: '', TAVILY_API_KEY: ' ' })).toEqual({});
    expect(webSettings(searxng('http://s'), { BRAVE_API_KEY: 'b', TAVILY_API_KEY: ' t ' })).toEqual({
      searxng: 'http://s',
      braveKey: 'b',
      tavilyKey: 't',
    });
  });

  test('name a key that is none without showing it', () => {
    expect(() => webSettings(searxng(), { BRAVE_API_KEY: 'two words' })).toThrow(
      /^BRAVE_API_KEY holds characters that no key has$/,
    );
  });
});

describe('the address of the own engine', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rookery-web-'));
    vi.stubEnv('XDG_CONFIG_HOME', directory);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true });
  });
  const resolved = async (env = {}) => (await resolveSettings({}, env, directory)).settings.searxng;

  test('comes from the environment, else from a file; of the project only when that is trusted', async () => {
    expect(await resolved()).toMatchObject({ value: undefined, origin: 'default' });
    const own = { value: 'http://127.0.0.1:8888', origin: 'environment' };
    expect(await resolved({ ROOKERY_SEARXNG_URL: own.value })).toMatchObject(own);
    await writeFile(join(directory, 'rookery.toml'), '[web_search]\nsearxng = "https://theirs.example"\n');
    expect(await resolved()).toMatchObject({ value: undefined, origin: 'default' });
    const { config } = (await resolveSettings({}, {}, directory)).places;
    await trustProjectFile(directory, config);
    expect(await resolved()).toMatchObject({ value: 'https://theirs.example', origin: 'project file' });
    expect(await resolved({ ROOKERY_SEARXNG_URL: own.value })).toMatchObject(own);
  });

  test.each(['nothing', 'ftp://x.example', 'http://me:pass-word@x.example', 'http://x.example/?key=pass-word'])(
    'that is %s is refused without being shown',
    async (text) => {
      const error = await resolved({ ROOKERY_SEARXNG_URL: text }).catch((caught: Error) => caught);
      expect(error).toMatchObject({
        code: 'usage',
        message: 'The address of SearXNG is not a plain http or https URL (from ROOKERY_SEARXNG_URL)',
      });
    },
  );
});
