/** Small real projects, one for each toolchain: its files, what is installed for it beforehand, and the command that tests it. Data only. */

export interface Project {
  readonly name: string;
  /** Programs without which it is skipped. */
  readonly needs: readonly string[];
  /** Takes more than a second or two: runs only with full counts. */
  readonly heavy?: boolean;
  /** Runs before, outside of the sandbox, in the project; HOME is the home that the sandbox gets. */
  readonly before?: string;
  readonly files: Readonly<Record<string, string>>;
  readonly command: string;
  /** In what it prints. */
  readonly green: string;
}

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
    command: '.venv/bin/pip --version && .venv/bin/python -m unittest && echo pip is green',
    green: 'pip is green',
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
    name: 'cargo by rustup',
    needs: ['cargo', 'rustup'],
    heavy: true,
    files: {
      'Cargo.toml': '[package]\nname = "sample"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/lib.rs': '#[test]\nfn adds() { assert_eq!(1 + 1, 2); }\n',
    },
    command: 'cargo test 2>&1 && rustup show active-toolchain && echo cargo is green',
    green: 'cargo is green',
  },
  {
    name: 'go with a module cache',
    needs: ['go', 'python3'],
    heavy: true,
    before: `proxy=$PWD/proxy/example.org/greet/@v; mkdir -p "$proxy"
printf 'module example.org/greet\\n\\ngo 1.20\\n' > "$proxy/v1.0.0.mod"
printf '{"Version":"v1.0.0"}' > "$proxy/v1.0.0.info"
python3 - "$proxy" <<'PY'
import sys, zipfile
at = 'example.org/greet@v1.0.0/'
with zipfile.ZipFile(sys.argv[1] + '/v1.0.0.zip', 'w') as z:
    z.writestr(at + 'go.mod', 'module example.org/greet\\n\\ngo 1.20\\n')
    z.writestr(at + 'greet.go', 'package greet\\n\\nfunc Word() string { return "hello" }\\n')
PY
GOPROXY=file://$PWD/proxy GONOSUMDB='*' GOSUMDB=off GOFLAGS='-mod=mod -modcacherw' GOPATH=$HOME/go go mod download example.org/greet
GOPROXY=file://$PWD/proxy GOSUMDB=off GOFLAGS='-mod=mod -modcacherw' GOPATH=$HOME/go go mod tidy; rm -r proxy`,
    files: {
      'go.mod': 'module example.org/sample\n\ngo 1.20\n\nrequire example.org/greet v1.0.0\n',
      'sample_test.go': `package sample

import (
	"testing"

	"example.org/greet"
)

func TestWord(t *testing.T) {
	if greet.Word() != "hello" {
		t.Fatal(greet.Word())
	}
}
`,
    },
    command: 'go test -vet=off ./... && echo go is green',
    green: 'go is green',
  },
  {
    name: 'maven, offline',
    needs: ['mvn', 'java'],
    heavy: true,
    before: `parent=~/.m2/repository/org/example/parent/1.0; mkdir -p "$parent"
printf '<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>parent</artifactId><version>1.0</version><packaging>pom</packaging></project>' > "$parent/parent-1.0.pom"
printf '<settings><servers><server><id>x</id><password>secret-of-maven</password></server></servers></settings>' > ~/.m2/settings.xml`,
    files: {
      'pom.xml': `<project><modelVersion>4.0.0</modelVersion>
<parent><groupId>org.example</groupId><artifactId>parent</artifactId><version>1.0</version><relativePath/></parent>
<artifactId>sample</artifactId><packaging>pom</packaging></project>
`,
    },
    command: 'mvn -o -q -B validate && echo maven is green',
    green: 'maven is green',
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
    command: 'cmake -S . -B build && cmake --build build && ctest --test-dir build && echo cmake is green',
    green: 'cmake is green',
  },
];

// ---

function pythonTest(): string {
  return 'import unittest\n\n\nclass Sample(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(1 + 1, 2)\n';
}
