/** The reason of a task that stops because its file was ended by somebody else. */
export function endedOutside({ status }) {
    if (status === 'Cancelled')
        return 'cancelled by another program, in the task file';
    return `ended by another program: the task file says ${status}`;
}
export const RIVAL = 'another program wrote this task file as running: two programs may be working on the task';
//# sourceMappingURL=foreign.js.map