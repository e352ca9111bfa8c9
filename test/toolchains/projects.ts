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

function pythonTest(): string {
  return 'import unittest\n\n\nclass Sample(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(1 + 1, 2)\n';
}
