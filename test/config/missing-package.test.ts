/** A provider whose optional package is not installed is noticed when a task is submitted. */
import { expect, test } from 'vitest';
import { missingPackage } from '../../src/config/missing-package.js';

const absent = (): never => {
  throw new Error('not found');
};

test('the package of a provider is named when it cannot be found', () => {
  expect(missingPackage('google', absent)).toBe('@ai-sdk/google');
});

test('nothing is missing for a package that is there, and for a provider that needs none', () => {
  expect(missingPackage('google', () => 'file:///there')).toBeUndefined();
  expect(missingPackage('openai', absent)).toBeUndefined();
});
