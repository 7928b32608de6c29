// Starts the daemon with the profile beside this file, and the bridge where the profile asks for it.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

const profile = JSON.parse(readFileSync(new URL("profile.json", import.meta.url)));
const quiet = process.argv.includes("--quiet");
// What a container that is started again left there is nobody's socket.
rmSync(process.env.AGENTD_SOCKET, { force: true });
const daemon = spawn("agentd", ["--agent", profile.agent], {
  stdio: ["ignore", "ignore", quiet ? "ignore" : "inherit"],
});
daemon.on("error", (error) => {
  console.error(`agentd did not start: ${error.message}`);
  process.exit(1);
});
daemon.on("exit", (code) => process.exit(code ?? 1));

if (profile.bridge) {
  while (!existsSync(process.env.AGENTD_SOCKET)) await setTimeout(50);
  // The agent ends with its client.
  spawn("acp-bridge", [], { stdio: "inherit" }).on("exit", (code) => {
    daemon.kill();
    process.exit(code ?? 1);
  });
}
