/**
 * What the recording does not tell of a case, but the test that was recorded did: where it sent the request, what it
 * had set in the environment, which files it had put into the working directory.
 */
export interface Circumstances {
  /** Default `http://testserver`. */
  readonly origin?: string
  /** Over those that are recorded; a list came as a header for each. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Variables of the environment while the app is made. The app is made anew where they change. */
  readonly environment?: Readonly<Record<string, string>>
  /** Which export of the port is asked. Default `app`. */
  readonly exported?: string
  /** Members of the answer that are sets in Python: their order is chance, another in each process. */
  readonly sets?: readonly string[]
}

interface AppCircumstances {
  /** Of every case. */
  readonly all?: Circumstances
  /** Of one case, by its number in the recording, from 1. */
  readonly cases?: Readonly<Record<number, Circumstances>>
  /** Files in the working directory, and the number of the case whose recorded answer is their content. */
  readonly files?: Readonly<Record<string, number>>
}

const circumstances: Readonly<Record<string, AppCircumstances>> = {
  'additional_responses.tutorial002': { files: { 'image.png': 2 } },
  'additional_responses.tutorial004': { files: { 'image.png': 2 } },
  'advanced_middleware.tutorial001': { cases: { 1: { origin: 'https://testserver' } } },
  'advanced_middleware.tutorial002': {
    cases: { 1: { origin: 'http://example.com' }, 2: { origin: 'http://testserver' } },
  },
  'behind_a_proxy.tutorial001_01': { all: { origin: 'https://example.com' } },
  'conditional_openapi.tutorial001': {
    cases: {
      1: { environment: { OPENAPI_URL: '' } },
      2: { environment: { OPENAPI_URL: '' } },
      3: { environment: { OPENAPI_URL: '' } },
      4: { environment: { OPENAPI_URL: '' } },
    },
  },
  'custom_response.tutorial008': { files: { 'large-video-file.mp4': 1 } },
  'dependency_testing.tutorial001': {
    cases: Object.fromEntries([1, 2, 3, 4, 5, 6].map((number) => [number, { exported: 'testApp' }])),
  },
  'header_params.tutorial001': { cases: { 3: { headers: { 'user-agent': 'FastAPI test' } } } },
  'header_params.tutorial003': { cases: { 3: { headers: { 'x-token': ['foo', 'bar'] } } } },
  'path_operation_configuration.tutorial001': { all: { sets: ['tags'] } },
  'path_operation_configuration.tutorial002': { all: { sets: ['tags'] } },
  'path_operation_configuration.tutorial003': { all: { sets: ['tags'] } },
  'path_operation_configuration.tutorial004': { all: { sets: ['tags'] } },
  'stream_data.tutorial001': { files: { 'story.txt': 1 } },
  'stream_data.tutorial002': { files: { 'image.png': 1 } },
  'settings.app01': { all: { environment: { ADMIN_EMAIL: 'admin@example.com' } } },
  'settings.app02': { all: { exported: 'testApp' } },
  'settings.app03': { all: { environment: { ADMIN_EMAIL: 'admin@example.com' } } },
}

/** Of one case, by its number from 1. */
export function circumstancesOf(app: string, number: number): Circumstances {
  const known = circumstances[app]
  return { ...known?.all, ...known?.cases?.[number] }
}

/** The files that an app expects in the working directory, with the case that tells their content. */
export function filesOf(app: string): Readonly<Record<string, number>> {
  return circumstances[app]?.files ?? {}
}
