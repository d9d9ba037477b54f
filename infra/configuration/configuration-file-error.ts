/** A file that its writer can mend. The message is one line that names the file. */
export class ConfigurationFileError extends Error {
  override readonly name = "ConfigurationFileError";
}
