/** Who may come in, here and in the process of its own. */
export const ACCESS = {
  credentials: { accessKeyId: "AKIAABCDEFGHIJKLMNOP", secretAccessKey: "of-some-meaning-here" },
  region: "eu-central-1",
};
