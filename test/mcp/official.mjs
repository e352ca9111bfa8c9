/** A well-behaved server, made with the official library. */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { makeOfficial } from './official-tools.mjs';

serveStdio(() => makeOfficial(McpServer));
