import { Construct } from "constructs";
import type { KubernetesEnvironment } from "../../../lambdas/configuration.ts";
import { administrationRoutes } from "../../../lambdas/admin-api/kubernetes-routes.ts";
import { kubernetesRoutes, watchRoutes } from "../../../lambdas/node-api/kubernetes/routes.ts";
import { throttledAdminRoute, throttledKubernetesRoute, type ThrottledRoute } from "../../settings/route-throttles.ts";
import type { KubernetesSettings } from "../../configuration/service-defaults.ts";
import type { CertificateSigningState } from "../state/certificate-signing-state.ts";
import type { FrontDoorFunction } from "../front-door/front-door.ts";
import { ServiceFunction, type ServiceFunctionProps } from "./service-function.ts";

const CA_FILE = "kubernetes-ca.pem";

/** The settings of both functions for Kubernetes' API. */
export function kubernetesPart({
  administratorArns,
  caPem,
  watchSeconds,
}: KubernetesSettings): Pick<ServiceFunctionProps, "environment"> & Required<Pick<ServiceFunctionProps, "files">> {
  const environment: KubernetesEnvironment = {
    KUBERNETES_API: "enabled",
    KUBERNETES_WATCH_SECONDS: String(watchSeconds),
    ...(administratorArns.length === 0 ? {} : { KUBERNETES_ADMINISTRATORS: administratorArns.join(" ") }),
    ...(caPem === undefined ? {} : { KUBERNETES_CA_FILE: `/var/task/${CA_FILE}` }),
  };
  return {
    environment: { ...environment },
    files: caPem === undefined ? {} : { [CA_FILE]: caPem },
  };
}

export interface KubernetesApiProps {
  readonly settings: KubernetesSettings;
  readonly state: CertificateSigningState;
  readonly nodeApi: ServiceFunction;
  readonly nodeApiProps: ServiceFunctionProps;
  readonly adminApi: ServiceFunction;
  readonly adminApiProps: ServiceFunctionProps;
}

/**
 * Kubernetes' API: two more instances of the existing functions, each with its own concurrency. Held watches could
 * otherwise occupy every instance that signs. Calls with any bearer token, valid or not, could occupy those that
 * revoke.
 */
export class KubernetesApi extends Construct {
  /** Lists and watches, with node-api's code and role: a listed request may have to be signed first. */
  readonly watchApi: ServiceFunction;
  /** Tokens and decisions, with admin-api's code and role, which cannot sign. */
  readonly administrationApi: ServiceFunction;
  private readonly props: KubernetesApiProps;

  constructor(scope: Construct, id: string, props: KubernetesApiProps) {
    super(scope, id);
    this.props = props;
    this.watchApi = new ServiceFunction(this, "Watch", {
      ...props.nodeApiProps,
      description: "Lists and watches of Kubernetes' API: crowds out nobody who signs",
      reservedConcurrency: props.settings.watchConcurrency,
      alongside: props.nodeApi,
    });
    this.administrationApi = new ServiceFunction(this, "Administration", {
      ...props.adminApiProps,
      description: "What administrators call through Kubernetes' clients: cannot sign",
      reservedConcurrency: props.settings.administrationConcurrency,
      alongside: props.adminApi,
    });
    this.grantLists();
  }

  /** Routes that node-api itself serves. */
  get nodeApiRoutes(): readonly ThrottledRoute[] {
    return kubernetesRoutes.map(throttledKubernetesRoute);
  }

  get frontDoorFunctions(): readonly FrontDoorFunction[] {
    return [
      { name: "WatchApi", function: this.watchApi.function, routes: watchRoutes.map(throttledKubernetesRoute) },
      {
        name: "AdministrationApi",
        function: this.administrationApi.function,
        routes: administrationRoutes.map(throttledAdminRoute),
      },
    ];
  }

  /** Administrators' calls need only admin-api's permissions. */
  private grantLists(): void {
    const { state, nodeApi, settings } = this.props;
    const { issuances, tokens } = state.tables;
    issuances.grantQuery(nodeApi, "byChange", "waiting", "byExpiry", "byToken");
    if (settings.caPem === undefined) return;
    tokens.grantQuery(nodeApi, "byCreation");
  }
}
