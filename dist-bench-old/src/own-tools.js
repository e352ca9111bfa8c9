/** Absolute paths. Throws RookeryError 'usage' for a file that gives no tools. */
export async function ownTools(files) {
    if (files.length === 0)
        return [];
    const { loadTools } = await import('./tools/load.js');
    return loadTools(files);
}
//# sourceMappingURL=own-tools.js.map