/** Small real projects, one for each toolchain: its files, what is installed for it beforehand, and the command that tests it. Data only. */

export interface Project {
  readonly name: string;
  /** Programs without which it is skipped. */
  readonly needs: readonly string[];
  /** Takes more than a second or two: runs only with full counts. */
  readonly heavy?: boolean;
  /**
   * Fills a cache of dependencies from a registry, outside of the sandbox, in the project; HOME is the home that the
   * sandbox gets. Where that fails the project is skipped.
   */
  readonly fill?: string;
  /** Runs before, outside of the sandbox, in the project; HOME as above. */
  readonly before?: string;
  readonly files: Readonly<Record<string, string>>;
  readonly command: string;
  /** In what it prints. */
  readonly green: string;
}

/** The program itself, not a launcher. */
const PYTHON = "$(python3 -c 'import sys; print(sys.executable)')";

export const PROJECTS: readonly Project[] = [
  {
    name: 'npm',
    needs: ['npm'],
    files: {
      'package.json': '{"name":"sample","version":"1.0.0","scripts":{"test":"node test.js"}}',
      'test.js': "require('node:assert').equal(1 + 1, 2); console.log('npm is green');",
    },
    command: 'npm test',
    green: 'npm is green',
  },
  {
    name: 'pnpm',
    needs: ['pnpm'],
    files: {
      'package.json': '{"name":"sample","version":"1.0.0","scripts":{"test":"node test.js"}}',
      'test.js': "require('node:assert').equal(1 + 1, 2); console.log('pnpm is green');",
    },
    command: 'pnpm test',
    green: 'pnpm is green',
  },
  {
    name: 'pip in a virtual environment',
    needs: ['python3'],
    heavy: true,
    before: 'python3 -m venv .venv',
    files: {
      'test_sample.py': pythonTest(),
      'setup.py': 'from setuptools import setup\nsetup(name="sample", py_modules=["test_sample"])\n',
    },
    command: '.venv/bin/pip --version && .venv/bin/python -m unittest',
    green: 'Ran 1 test',
  },
  {
    name: 'uv',
    needs: ['uv', 'python3'],
    before: 'uv venv --quiet --offline --python "$(python3 -c \'import sys; print(sys.executable)\')" .venv',
    files: {
      'test_sample.py': pythonTest(),
      'pyproject.toml': '[project]\nname = "sample"\nversion = "1.0.0"\nrequires-python = ">=3.9"\n',
    },
    command: 'uv run --offline python -m unittest',
    green: 'Ran 1 test',
  },
  {
    name: 'a shim as of pyenv',
    needs: ['python3'],
    before: `mkdir -p ~/.pyenv/shims ~/.pyenv/versions/3.99.0/bin ~/.pyenv/versions/3.99.0/lib
echo 3.99.0 > ~/.pyenv/version
printf '#!/bin/sh\\nexec %s "$@"\\n' "$(python3 -c 'import sys; print(sys.executable)')" > ~/.pyenv/versions/3.99.0/bin/python3
printf '#!/bin/sh\\nexec "$(dirname "$0")/../versions/$(cat "$(dirname "$0")/../version")/bin/python3" "$@"\\n' > ~/.pyenv/shims/python3
chmod +x ~/.pyenv/shims/python3 ~/.pyenv/versions/3.99.0/bin/python3`,
    files: { 'test_sample.py': pythonTest() },
    command: 'python3 -m unittest && "$PYENV_ROOT"/shims/python3 -m unittest && echo shim is green',
    green: 'shim is green',
  },
  {
    name: 'a shim as of asdf',
    needs: ['python3'],
    before: `${installed('~/.asdf/installs/sample/1.10.0/bin', 'asdf-python', PYTHON)}
mkdir -p ~/.asdf/shims ~/.asdf/installs/sample/1.9.0/bin && printf '#!/bin/sh\\nexec asdf exec asdf-python "$@"\\n' > ~/.asdf/shims/asdf-python
chmod +x ~/.asdf/shims/asdf-python`,
    files: { 'test_sample.py': pythonTest(), '.tool-versions': 'sample 1.10.0\n' },
    command: 'asdf-python -m unittest && command -v asdf-python',
    green: '.asdf/installs/sample/1.10.0/bin/asdf-python',
  },
  {
    name: 'a shim as of mise',
    needs: ['node'],
    before: `${installed('~/.local/share/mise/installs/sample/2.1.0/bin', 'mise-node', '$(command -v node)')}
mkdir -p ~/.local/share/mise/shims && ln -sf /usr/bin/mise ~/.local/share/mise/shims/mise-node`,
    files: { 'test.js': "console.log('mise is', 'green');", 'mise.toml': '[tools]\nsample = "2.1"\n' },
    command: 'mise-node test.js',
    green: 'mise is green',
  },
  {
    name: 'a version as of nvm',
    needs: ['node'],
    before: `${installed('~/.nvm/versions/node/v99.0.0/bin', 'nvm-node', '$(command -v node)')}
printf 'nvm() { PATH="$NVM_DIR/versions/node/v$(cat .nvmrc)/bin:$PATH"; }\\n' > ~/.nvm/nvm.sh`,
    files: { 'test.js': "console.log('nvm is', 'green');", '.nvmrc': '99.0.0\n' },
    command: '. "$NVM_DIR/nvm.sh" && nvm use && nvm-node test.js',
    green: 'nvm is green',
  },
  {
    name: 'a candidate as of sdkman',
    needs: [],
    before: `${installed('~/.sdkman/candidates/java/99/bin', 'java', '/bin/sh')}
ln -sfn 99 ~/.sdkman/candidates/java/current`,
    files: { 'Test.java': 'echo sdkman is green\n', build: 'exec "$JAVA_HOME/bin/java" Test.java\n' },
    command: 'JAVA_HOME="$SDKMAN_DIR/candidates/java/current" sh ./build',
    green: 'sdkman is green',
  },
  {
    name: 'cargo by rustup',
    needs: ['cargo', 'rustup'],
    heavy: true,
    files: {
      'Cargo.toml': '[package]\nname = "sample"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/lib.rs': '#[test]\nfn adds() { assert_eq!(1 + 1, 2); }\n',
    },
    command: 'rustup show active-toolchain && cargo test',
    green: 'test adds ... ok',
  },
  {
    name: 'go with a module cache',
    needs: ['go'],
    heavy: true,
    fill: 'GOPATH=$HOME/go GOSUMDB=off GOFLAGS="-mod=mod -modcacherw" go mod tidy',
    files: {
      'go.mod': 'module example.org/sample\n\ngo 1.20\n\nrequire github.com/google/uuid v1.6.0\n',
      'sample_test.go': `package sample

import (
	"testing"

	"github.com/google/uuid"
)

func TestName(t *testing.T) {
	if got := uuid.NewMD5(uuid.NameSpaceDNS, []byte("example.org")).Version(); got != 3 {
		t.Fatal(got)
	}
}
`,
    },
    command: 'go test -vet=off -v ./...',
    green: '--- PASS: TestName',
  },
  {
    name: 'maven, offline',
    needs: ['mvn', 'java'],
    heavy: true,
    // The repository has what the whole run needs, plugins too.
    fill: `printf '<settings><servers><server><id>x</id><password>secret-of-maven</password></server></servers></settings>' > ../settings.xml
mvn -B -q -Dmaven.repo.local="$HOME/.m2/repository" test && rm -r target && mv ../settings.xml ~/.m2`,
    files: {
      'pom.xml': `<project><modelVersion>4.0.0</modelVersion>
<groupId>org.example</groupId><artifactId>sample</artifactId><version>1.0</version>
<properties>
<maven.compiler.source>11</maven.compiler.source><maven.compiler.target>11</maven.compiler.target>
<project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
</properties>
<dependencies><dependency>
<groupId>junit</groupId><artifactId>junit</artifactId><version>4.13.2</version><scope>test</scope>
</dependency></dependencies></project>
`,
      'src/main/java/Sum.java': 'class Sum { static int of(int a, int b) { return a + b; } }\n',
      'src/test/java/SumTest.java': `import static org.junit.Assert.assertEquals;

public class SumTest {
  @org.junit.Test public void adds() { assertEquals(2, Sum.of(1, 1)); }
}
`,
    },
    command: 'mvn -o -B test',
    green: 'Tests run: 1, Failures: 0, Errors: 0, Skipped: 0',
  },
  {
    name: 'make',
    needs: ['make'],
    files: { Makefile: 'test:\n\t@test $$(( 1 + 1 )) = 2 && echo make is green\n' },
    command: 'make test',
    green: 'make is green',
  },
  {
    name: 'cmake',
    needs: ['cmake', 'cc', 'make'],
    heavy: true,
    files: {
      'CMakeLists.txt': `cmake_minimum_required(VERSION 3.10)
project(sample C)
enable_testing()
add_executable(sample sample.c)
add_test(NAME sample COMMAND sample)
`,
      'sample.c': 'int main(void) { return 1 + 1 == 2 ? 0 : 1; }\n',
    },
    command: 'cmake -S . -B build && cmake --build build && ctest --test-dir build',
    green: '100% tests passed',
  },
];

// ---

/** A program that runs one of this host, in the place of one that a manager of versions has installed. */
function installed(directory: string, name: string, program: string): string {
  return `mkdir -p ${directory}
printf '#!/bin/sh\\nexec %s "$@"\\n' "${program}" > ${directory}/${name} && chmod +x ${directory}/${name}`;
}

function pythonTest(): string {
  return 'import unittest\n\n\nclass Sample(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(1 + 1, 2)\n';
}
