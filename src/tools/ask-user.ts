/**
 * Asks the person who gave the task a question. The workflow waits for the answer, as durably as for an approval; the
 * answer is the result of the call, so nothing runs here.
 */
import { z } from 'zod';
import { failed } from './outcome.js';
import { defineTool } from './tool.js';

const input = z.strictObject({
  question: z.string().trim().min(1).max(4_000).describe('The question, with what the person must know to answer it.'),
  choices: z
    .array(z.string().trim().min(1).max(200))
    .min(2)
    .max(9)
    .optional()
    .describe('Answers to choose from. The person may also answer in other words.'),
});

export const askUser = defineTool({
  name: 'ask_user',
  description:
    'Asks the person who gave you the task one question, and waits for the answer, which can take hours and may not ' +
    'come. Ask only what you can neither find out nor decide yourself; put all points into one question. At most ' +
    '4,000 characters and 9 choices.',
  input,
  effect: 'read',
  placement: 'activity',
  yields: [],
  question: ({ question }) => question,
  run: async () => failed('A question has no result but its answer.'),
  summary: ({ question }) => question,
});
