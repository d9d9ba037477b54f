/** A mistake in a file, for its author. The message is one line that names the file. */
export class ConfigurationFileError extends Error {
  override readonly name = "ConfigurationFileError";
}
