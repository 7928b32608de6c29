# docker buildx bake                      all agents, compiling the core once
# BUILDER_IMAGE=…@sha256:… docker buildx bake   all agents, compiling nothing

variable "BUILDER_IMAGE" {
  default = ""
}

variable "REGISTRY" {
  default = "ghcr.io/org"
}

variable "TAG" {
  default = "latest"
}

variable "AGENTS" {
  default = [
    "kiro", "claude", "codex", "gemini", "copilot", "cursor", "opencode",
    "hermes", "grok", "native", "amp", "goose", "qwen", "aider",
  ]
}

group "default" {
  targets = ["agent"]
}

target "_common" {
  context = "."
  args = {
    BUILDER_IMAGE = BUILDER_IMAGE != "" ? BUILDER_IMAGE : null
  }
}

# The builder image: what CI's build-core pushes.
target "core" {
  inherits = ["_common"]
  target   = "local_builder"
  tags     = ["${REGISTRY}/unified-builder:${TAG}"]
}

target "agent" {
  inherits = ["_common"]
  name     = agent
  matrix = {
    agent = AGENTS
  }
  target = agent
  tags   = ["${REGISTRY}/unified-${agent}:${TAG}"]
}
