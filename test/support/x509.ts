// @peculiar/x509 needs a Reflect polyfill before it is loaded. Import it through this file only.
import "reflect-metadata";
export * from "@peculiar/x509";
