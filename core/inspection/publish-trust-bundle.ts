import { trustBundlePem, trustedAuthorities, type TrustBundle } from "../authority/authority.ts";
import { inspectTrustBundle, type InspectionServices } from "./inspection.ts";
import type { TrustAnchors } from "../authority/external/external-ca.ts";
import { encodePem } from "../asn1/pem.ts";
import type { TrustBundlePublisher } from "../authority/trust-bundle-publisher.ts";

export interface PublicationServices extends InspectionServices {
  readonly publisher: TrustBundlePublisher;
}

/** Resolves to the version's name. @throws InspectionError before anything was published */
export async function publishTrustBundle(services: PublicationServices, bundle: TrustBundle): Promise<string> {
  const pem = await inspectedPem(services, bundle);
  return services.publisher.publish(pem);
}

/** What a deployment pins, while the first issuing CA's certificate is awaited. @throws InspectionError likewise */
export async function publishTrustAnchors(services: PublicationServices, anchors: TrustAnchors): Promise<string> {
  const certificates = anchors.map(({ der }) => der);
  const pem = certificates.map((der) => encodePem("CERTIFICATE", der)).join("");
  await inspectTrustBundle(services, pem, certificates);
  return services.publisher.publish(pem);
}

/** What a bundle tells others to trust. @throws InspectionError when it is not read as it should be */
export async function inspectedPem(
  services: InspectionServices,
  bundle: Pick<TrustBundle, "authorities">,
): Promise<string> {
  const pem = trustBundlePem(bundle);
  const certificates = trustedAuthorities(bundle).map(({ certificate }) => certificate);
  const distinct = certificates.filter((one, index) => certificates.findIndex((other) => isSame(one, other)) === index);
  await inspectTrustBundle(services, pem, distinct);
  return pem;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
