/** The JSON Schemas that ship in the package, as checks. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

const load = (name: string): object => JSON.parse(readFileSync(`schema/${name}.schema.json`, 'utf8')) as object;

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
ajv.addSchema(load('status'), 'status.schema.json');
const status = ajv.getSchema('status.schema.json') as ValidateFunction;
const event = ajv.compile(load('follow-event'));

/** What is wrong with it; empty: nothing. */
export function statusProblems(value: unknown): string[] {
  return problems(status, value);
}

export function eventProblems(value: unknown): string[] {
  return problems(event, value);
}

export function expectStatus(value: unknown): void {
  expect(statusProblems(value), JSON.stringify(value)).toEqual([]);
}

export function expectEvents(values: readonly unknown[]): void {
  for (const value of values) expect(eventProblems(value), JSON.stringify(value)).toEqual([]);
}

// ---

function problems(check: ValidateFunction, value: unknown): string[] {
  return check(JSON.parse(JSON.stringify(value)))
    ? []
    : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
