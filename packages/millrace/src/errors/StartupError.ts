/**
 * Thrown while an app is put together or started, never while it serves: two operations on one path, a
 * dependency that takes the name of a built-in, a circle of dependencies, a malformed path pattern.
 */
export class StartupError extends Error {
  override readonly name: string = 'StartupError'
  readonly code: string

  constructor(code: StartupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The codes of a {@link StartupError}. */
export type StartupErrorCode =
  | 'malformed_path'
  | 'duplicate_operation'
  | 'duplicate_operation_id'
  | 'duplicate_label'
  | 'reserved_name'
  | 'name_clash'
  | 'dependency_circle'
  | 'dependency_scope'
  | 'malformed_spec'
  | 'invalid_option'
  | 'invalid_settings'
  | 'duplicate_plugin'
  | 'missing_plugin'
  | 'missing_package'
  | 'app_started'
  | 'app_stopped'
