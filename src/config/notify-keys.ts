/** The keys of `[notify]`, a part of the table of every key. They count in the user's own file alone. */
export const NOTIFY_KEYS: Readonly<Record<string, { means: string; byDefault: string; example: string }>> = {
  'notify.command': {
    means: "Program and arguments that get each notice as JSON on stdin, without a shell. Only in the user's file",
    byDefault: 'none',
    example: 'notify.command = ["/home/me/bin/tell-me"]',
  },
  'notify.command_time': {
    means: 'How long it may take; then it is ended with all that it started',
    byDefault: '"10s"',
    example: 'notify.command_time = "30s"',
  },
  'notify.webhook.url': {
    means: "Address that gets each notice as a signed POST. Only in the user's file",
    byDefault: 'none',
    example: 'notify.webhook = { url = "https://hooks.example.com/rookery", secret_env = "ROOKERY_WEBHOOK_SECRET" }',
  },
  'notify.webhook.secret_env': {
    means: "Variable of the worker that holds the webhook's secret",
    byDefault: 'none',
    example: 'notify.webhook = { url = "http://127.0.0.1:9000/", secret_env = "ROOKERY_WEBHOOK_SECRET" }',
  },
  'notify.webhook.secret_file': {
    means: 'File that holds it, readable only by you',
    byDefault: 'none',
    example: 'notify.webhook = { url = "http://127.0.0.1:9000/", secret_file = "webhook.secret" }',
  },
  'notify.desktop': {
    means: 'Notifications of the desktop, by `notify-send` or `osascript`',
    byDefault: 'false',
    example: 'notify.desktop = true',
  },
  'notify.bell': {
    means: 'Bell and title of the terminal of `run` and `follow`',
    byDefault: 'true',
    example: 'notify.bell = false',
  },
  'notify.events': {
    means: 'Which notices: `done`, `failed`, `cancelled`, `needs_you`, `stalled`, `limit`',
    byDefault: 'all but `cancelled`',
    example: 'notify.events = ["failed", "needs_you"]',
  },
  'notify.stalled_after': {
    means: 'Time without a change after which a task counts as stalled',
    byDefault: '"15m"',
    example: 'notify.stalled_after = "1h"',
  },
};
