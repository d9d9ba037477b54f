import type { Command } from "commander";
import type { CommandContext } from "./invocation/invocation.ts";

const DOCTOR_EPILOGUE = `
Examples:
  $ nodeseal doctor
  $ nodeseal doctor -o json | jq -r '.findings[] | select(.result != "ok") | .detail'

Exit status: 0 nothing failed, warnings or not; 1 a check failed.`;

/** Commands about the service as a whole. What they need is loaded when they are called. */
export function addDoctorCommands(program: Command, context: CommandContext): void {
  const doctor = program
    .command("doctor")
    .summary("what is wrong, and what to do: address, clock, credentials, CAs, nodes")
    .description(
      "Checks the way to the service, its CAs and its nodes, and says what to do about each. Changes nothing.",
    )
    .addHelpText("after", DOCTOR_EPILOGUE);
  doctor.action(async () => (await import("./commands/service/doctor.ts")).runExamination(doctor, context));
  const whoami = program
    .command("whoami")
    .summary("whom the service takes you for")
    .description("Prints the ARN that the service knows you by, and that its records name.")
    .addHelpText("after", "\nExamples:\n  $ nodeseal whoami\n  $ nodeseal whoami -o json");
  whoami.action(async () => (await import("./commands/service/whoami.ts")).printPrincipal(whoami, context));
}
