/** A DSN taken apart: http(s)://<key>@<host>/<project_id>. */
export interface Dsn {
  text: string
  origin: string
  key: string
  projectId: string
}

export function parseDsn(text: string): Dsn | null {
  try {
    const url = new URL(text)
    const projectId = url.pathname.replace(/^.*\//, '')
    if (!url.username || !projectId) return null
    return { text, origin: `${url.protocol}//${url.host}${url.pathname.slice(0, -projectId.length - 1)}`, key: url.username, projectId }
  } catch {
    return null
  }
}

export interface SnippetStep {
  title: string
  language: string
  code: string
}

export interface Snippet {
  id: string
  name: string
  /** Platform ids of projects for which this snippet opens first. */
  platforms: readonly string[]
  steps: (dsn: Dsn) => SnippetStep[]
}

const install = (code: string): SnippetStep => ({ title: 'Install', language: 'bash', code })

const go: Snippet = {
  id: 'go',
  name: 'Go',
  platforms: ['go'],
  steps: (dsn) => [
    install('go get github.com/getsentry/sentry-go'),
    {
      title: 'Set up in main and send a test error',
      language: 'go',
      code: `package main

import (
	"errors"
	"log"
	"time"

	"github.com/getsentry/sentry-go"
)

func main() {
	err := sentry.Init(sentry.ClientOptions{
		Dsn:              "${dsn.text}",
		Environment:      "production",
		Release:          "my-app@1.0.0",
		AttachStacktrace: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer sentry.Flush(2 * time.Second)

	sentry.CaptureException(errors.New("hello from Go"))
}`,
    },
  ],
}

const node: Snippet = {
  id: 'node',
  name: 'Node.js',
  platforms: ['node'],
  steps: (dsn) => [
    install('npm install @sentry/node'),
    {
      title: 'Load this file before anything else: node --import ./instrument.mjs app.mjs',
      language: 'javascript',
      code: `// instrument.mjs
import * as Sentry from '@sentry/node'

Sentry.init({
  dsn: '${dsn.text}',
  environment: 'production',
  release: 'my-app@1.0.0',
})`,
    },
    { title: 'Send a test error', language: 'javascript', code: `setTimeout(() => {\n  throw new Error('hello from Node.js')\n}, 100)` },
  ],
}

const browser: Snippet = {
  id: 'browser',
  name: 'Browser',
  platforms: ['javascript'],
  steps: (dsn) => [
    install('npm install @sentry/browser'),
    {
      title: 'Set up before your application starts',
      language: 'javascript',
      code: `import * as Sentry from '@sentry/browser'

Sentry.init({
  dsn: '${dsn.text}',
  environment: 'production',
  release: 'my-app@1.0.0',
})

setTimeout(() => {
  throw new Error('hello from the browser')
}, 100)`,
    },
  ],
}

const python: Snippet = {
  id: 'python',
  name: 'Python',
  platforms: ['python'],
  steps: (dsn) => [
    install('pip install sentry-sdk'),
    {
      title: 'Set up and send a test error',
      language: 'python',
      code: `import sentry_sdk

sentry_sdk.init(
    dsn="${dsn.text}",
    environment="production",
    release="my-app@1.0.0",
)

division_by_zero = 1 / 0`,
    },
  ],
}

const ruby: Snippet = {
  id: 'ruby',
  name: 'Ruby',
  platforms: ['ruby'],
  steps: (dsn) => [
    install('gem install sentry-ruby'),
    {
      title: 'Set up and send a test error',
      language: 'ruby',
      code: `require 'sentry-ruby'

Sentry.init do |config|
  config.dsn = '${dsn.text}'
  config.environment = 'production'
  config.release = 'my-app@1.0.0'
end

begin
  1 / 0
rescue ZeroDivisionError => e
  Sentry.capture_exception(e)
end`,
    },
  ],
}

const php: Snippet = {
  id: 'php',
  name: 'PHP',
  platforms: ['php'],
  steps: (dsn) => [
    install('composer require sentry/sentry'),
    {
      title: 'Set up and send a test error',
      language: 'php',
      code: `<?php

require 'vendor/autoload.php';

\\Sentry\\init([
    'dsn' => '${dsn.text}',
    'environment' => 'production',
    'release' => 'my-app@1.0.0',
]);

throw new \\RuntimeException('hello from PHP');`,
    },
  ],
}

const java: Snippet = {
  id: 'java',
  name: 'Java',
  platforms: ['java', 'kotlin'],
  steps: (dsn) => [
    { title: 'Add to build.gradle', language: 'java', code: `dependencies {\n    implementation 'io.sentry:sentry:8.+'\n}` },
    {
      title: 'Set up and send a test error',
      language: 'java',
      code: `import io.sentry.Sentry;

public class App {
    public static void main(String[] args) {
        Sentry.init(options -> {
            options.setDsn("${dsn.text}");
            options.setEnvironment("production");
            options.setRelease("my-app@1.0.0");
        });

        Sentry.captureException(new IllegalStateException("hello from Java"));
    }
}`,
    },
  ],
}

const dotnet: Snippet = {
  id: 'dotnet',
  name: '.NET',
  platforms: ['csharp', 'dotnet'],
  steps: (dsn) => [
    install('dotnet add package Sentry'),
    {
      title: 'Set up and send a test error',
      language: 'csharp',
      code: `using Sentry;

SentrySdk.Init(options =>
{
    options.Dsn = "${dsn.text}";
    options.Environment = "production";
    options.Release = "my-app@1.0.0";
});

SentrySdk.CaptureException(new InvalidOperationException("hello from .NET"));`,
    },
  ],
}

const curl: Snippet = {
  id: 'curl',
  name: 'curl',
  platforms: ['other'],
  steps: (dsn) => [
    {
      title: 'Send an event to the native API',
      language: 'bash',
      code: `curl ${dsn.origin}/api/v1/events \\
  -H 'X-Mesher-Auth: ${dsn.key}' \\
  -H 'Content-Type: application/json' \\
  -d '{
    "level": "error",
    "message": "hello from curl",
    "environment": "production",
    "tags": {"job": "nightly-import"}
  }'`,
    },
  ],
}

const cli: Snippet = {
  id: 'sentry-cli',
  name: 'sentry-cli',
  platforms: [],
  steps: (dsn) => [
    install('npm install -g @sentry/cli'),
    {
      title: 'Send an event from a shell script',
      language: 'bash',
      code: `export SENTRY_DSN='${dsn.text}'

sentry-cli send-event -m "Backup failed" -l error --tag host:"$(hostname)"`,
    },
  ],
}

const otlp: Snippet = {
  id: 'otlp',
  name: 'OpenTelemetry',
  platforms: [],
  steps: (dsn) => [
    {
      title: 'Point any OpenTelemetry SDK at Mesher',
      language: 'bash',
      code: `export OTEL_EXPORTER_OTLP_LOGS_ENDPOINT='${dsn.origin}/v1/logs'
export OTEL_EXPORTER_OTLP_LOGS_PROTOCOL='http/protobuf'
export OTEL_EXPORTER_OTLP_LOGS_HEADERS='Authorization=Bearer%20${dsn.key}'`,
    },
    {
      title: 'Or send one record by hand',
      language: 'bash',
      code: `curl ${dsn.origin}/v1/logs \\
  -H 'Authorization: Bearer ${dsn.key}' \\
  -H 'Content-Type: application/json' \\
  -d '{"resourceLogs":[{"scopeLogs":[{"logRecords":[
    {"severityText":"ERROR","body":{"stringValue":"hello from OpenTelemetry"}}
  ]}]}]}'`,
    },
  ],
}

/** Copy-paste beginnings for every client that Mesher speaks with, in the order of the tabs. */
export const SNIPPETS: readonly Snippet[] = [go, node, browser, python, curl, cli, ruby, php, java, dotnet, otlp]

/** The snippet that a project of this platform opens with. */
export function snippetFor(platform: string): Snippet {
  return SNIPPETS.find((s) => s.platforms.includes(platform)) ?? curl
}
