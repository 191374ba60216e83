/** Stands in for a package that is imported but never used. */
module.exports = {};
