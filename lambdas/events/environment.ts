/** The environment variables of the events function. Infra must give exactly these. */
export interface EventsEnvironment {
  readonly CLUSTER_NAME: string;
  readonly EVENT_BUS_NAME: string;
}

export const EVENTS_VARIABLES: readonly (keyof EventsEnvironment)[] = ["CLUSTER_NAME", "EVENT_BUS_NAME"];
