// Starts the daemon with the profile beside this file, and the bridge where the profile asks for it.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const profile = JSON.parse(readFileSync(new URL("profile.json", import.meta.url)));
const quiet = process.argv.includes("--quiet");
const daemon = spawn("agentd", ["--agent", profile.agent], {
  stdio: ["ignore", "ignore", quiet ? "ignore" : "inherit"],
});
daemon.on("error", (error) => {
  console.error(`agentd did not start: ${error.message}`);
  process.exit(1);
});
daemon.on("exit", (code) => process.exit(code ?? 1));

if (profile.bridge) {
  setTimeout(() => {
    spawn("acp-bridge", [], { stdio: "inherit" }).on("exit", () => daemon.kill());
  }, 200);
}
