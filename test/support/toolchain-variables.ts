/** The variables that tell a command in the sandbox where the toolchains of this machine lie, and that there is no network. */
export const TOOLCHAIN_VARIABLE =
  /^((RUSTUP|CARGO|PYENV|UV|MISE|ASDF|NVM|FNM|VOLTA|SDKMAN|PIPX|COREPACK|PIP|npm_config)_.*|GO[A-Z]+|JAVA_HOME|YARN_GLOBAL_FOLDER|[A-Z]+_VERSION|CGO_ENABLED)$/;
