export const AUTHORITIES_PATH = "/v1/admin/authorities";
