/** The workflows of the CommonJS program. */
module.exports = { ...require('rookery/workflows') };
