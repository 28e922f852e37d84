export interface Platform {
  readonly key: string;
  readonly word: string;
  readonly install: string;
  /** File that the code goes into. */
  readonly file: string;
  readonly init: (dsn: string) => string;
  readonly test: string;
}

const JS_TEST = "setTimeout(() => { throw new Error('Hello Culprit'); }, 100);";

function javascript(name: string, from: string, file: string, word: string): Platform {
  return {
    key: name,
    word,
    file,
    install: `npm install ${from}`,
    init: (dsn) =>
      `import * as Sentry from '${from}';\n\nSentry.init({\n  dsn: '${dsn}',\n  environment: 'production',\n  release: '1.0.0', // ties each error to its deploy\n});`,
    test: JS_TEST,
  };
}

/** Any Sentry SDK works; these are the ones that most people have. */
export const PLATFORMS: readonly Platform[] = [
  javascript('javascript', '@sentry/browser', 'main.js', 'JavaScript'),
  javascript('react', '@sentry/react', 'main.jsx', 'React'),
  javascript('node', '@sentry/node', 'instrument.js', 'Node'),
  {
    key: 'python',
    word: 'Python',
    file: 'main.py',
    install: 'pip install sentry-sdk',
    init: (dsn) =>
      `import sentry_sdk\n\nsentry_sdk.init(\n    dsn="${dsn}",\n    environment="production",\n    release="1.0.0",  # ties each error to its deploy\n)`,
    test: 'raise Exception("Hello Culprit")',
  },
  {
    key: 'go',
    word: 'Go',
    file: 'main.go',
    install: 'go get github.com/getsentry/sentry-go',
    init: (dsn) =>
      `err := sentry.Init(sentry.ClientOptions{\n\tDsn: "${dsn}",\n\tEnvironment: "production",\n\tRelease: "1.0.0", // ties each error to its deploy\n})\ndefer sentry.Flush(2 * time.Second)`,
    test: 'sentry.CaptureException(errors.New("Hello Culprit"))',
  },
  {
    key: 'java',
    word: 'Java',
    file: 'Main.java',
    install: "implementation 'io.sentry:sentry:8.+'",
    init: (dsn) =>
      `Sentry.init(options -> {\n  options.setDsn("${dsn}");\n  options.setEnvironment("production");\n  options.setRelease("1.0.0"); // ties each error to its deploy\n});`,
    test: 'throw new RuntimeException("Hello Culprit");',
  },
];

/** The platform that a project says it has, else Node. */
export function platformOf(name: string | null): Platform {
  const wanted = name ?? '';
  const known =
    PLATFORMS.find(({ key }) => wanted === key) ??
    PLATFORMS.find(({ key }) => wanted.startsWith(key) || wanted.endsWith(key));
  return known ?? (PLATFORMS[2] as Platform);
}
