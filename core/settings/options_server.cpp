// Arguments on the server itself: addresses, templates, logs.
#include "settings/option.h"

namespace ggufit {

namespace {

using enum OptionKind;
using enum OptionUse;

constexpr Option kOptions[] = {
    {"-h --help --usage", "", flag, "", drop, nullptr, "only prints and ends the server", "leave it out"},
    {"--version", "", flag, "", drop, nullptr, "only prints and ends the server", "leave it out"},
    {"-cl --cache-list", "", flag, "", drop, nullptr, "only prints and ends the server", "leave it out"},
    {"--completion-bash", "", flag, "", drop, nullptr, "only prints and ends the server", "leave it out"},
    {"-e --escape", "--no-escape", toggle},
    {"-r --reverse-prompt", "", text},
    {"-sp --special", "", flag},
    {"--spm-infill", "", flag},
    {"--list-devices", "", flag, "", drop, nullptr, "only prints and ends the server", "leave it out"},
    {"-a --alias", "", text, "LLAMA_ARG_ALIAS"},
    {"--tags", "", text, "LLAMA_ARG_TAGS"},
    {"--embd-normalize", "", integer},
    {"--host", "", text, "LLAMA_ARG_HOST"},
    {"--port", "", integer, "LLAMA_ARG_PORT"},
    {"--reuse-port", "", flag, "LLAMA_ARG_REUSE_PORT"},
    {"--path", "", text, "LLAMA_ARG_STATIC_PATH"},
    {"--cors-origins", "", text, "LLAMA_ARG_CORS_ORIGINS"},
    {"--cors-methods", "", text, "LLAMA_ARG_CORS_METHODS"},
    {"--cors-headers", "", text, "LLAMA_ARG_CORS_HEADERS"},
    {"--cors-credentials", "--no-cors-credentials", toggle, "LLAMA_ARG_CORS_CREDENTIALS"},
    {"--api-prefix", "", text, "LLAMA_ARG_API_PREFIX"},
    {"--ui-config --webui-config", "", text, "LLAMA_ARG_UI_CONFIG"},
    {"--ui-config-file --webui-config-file", "", text, "LLAMA_ARG_UI_CONFIG_FILE"},
    {"--ui-mcp-proxy --webui-mcp-proxy", "--no-ui-mcp-proxy --no-webui-mcp-proxy", toggle, "LLAMA_ARG_UI_MCP_PROXY"},
    {"--tools", "", text, "LLAMA_ARG_TOOLS"},
    {"--mcp-servers-config", "", text, "LLAMA_ARG_MCP_SERVERS_CONFIG"},
    {"--mcp-servers-json", "", text, "LLAMA_ARG_MCP_SERVERS_JSON"},
    {"-ag --agent", "-no-ag --no-agent", toggle, "LLAMA_ARG_AGENT"},
    {"--ui --webui", "--no-ui --no-webui", toggle, "LLAMA_ARG_UI"},
    {"--api-key", "", text, "LLAMA_API_KEY"},
    {"--api-key-file", "", text, "LLAMA_ARG_API_KEY_FILE"},
    {"--ssl-key-file", "", text, "LLAMA_ARG_SSL_KEY_FILE"},
    {"--ssl-cert-file", "", text, "LLAMA_ARG_SSL_CERT_FILE"},
    {"--chat-template-kwargs", "", text, "LLAMA_ARG_CHAT_TEMPLATE_KWARGS"},
    {"-to --timeout", "", integer, "LLAMA_ARG_TIMEOUT"},
    {"--sse-ping-interval", "", integer, "LLAMA_ARG_SSE_PING_INTERVAL"},
    {"--threads-http", "", integer, "LLAMA_ARG_THREADS_HTTP"},
    {"--cache-prompt", "--no-cache-prompt", toggle, "LLAMA_ARG_CACHE_PROMPT"},
    {"--cache-reuse", "", integer, "LLAMA_ARG_CACHE_REUSE"},
    {"--metrics", "", flag, "LLAMA_ARG_ENDPOINT_METRICS"},
    {"--props", "", flag, "LLAMA_ARG_ENDPOINT_PROPS"},
    {"--slots", "--no-slots", toggle, "LLAMA_ARG_ENDPOINT_SLOTS"},
    {"--slot-save-path", "", text},
    {"--media-path", "", text},
    {"--models-dir", "", text, "LLAMA_ARG_MODELS_DIR"},
    {"--models-preset", "", text, "LLAMA_ARG_MODELS_PRESET"},
    {"--models-max", "", integer, "LLAMA_ARG_MODELS_MAX"},
    {"--models-autoload", "--no-models-autoload", toggle, "LLAMA_ARG_MODELS_AUTOLOAD"},
    {"--jinja", "--no-jinja", toggle, "LLAMA_ARG_JINJA"},
    {"--reasoning-format", "", text, "LLAMA_ARG_THINK"},
    {"-rea --reasoning", "", text, "LLAMA_ARG_REASONING"},
    {"--reasoning-budget", "", integer, "LLAMA_ARG_THINK_BUDGET"},
    {"--reasoning-budget-message", "", text, "LLAMA_ARG_THINK_BUDGET_MESSAGE"},
    {"--reasoning-preserve", "--no-reasoning-preserve", toggle, "LLAMA_ARG_REASONING_PRESERVE"},
    {"--chat-template", "", text, "LLAMA_ARG_CHAT_TEMPLATE"},
    {"--chat-template-file", "", text, "LLAMA_ARG_CHAT_TEMPLATE_FILE"},
    {"--skip-chat-parsing", "--no-skip-chat-parsing", toggle, "LLAMA_ARG_SKIP_CHAT_PARSING"},
    {"--prefill-assistant", "--no-prefill-assistant", toggle, "LLAMA_ARG_PREFILL_ASSISTANT"},
    {"-sps --slot-prompt-similarity", "", text},
    {"--sleep-idle-seconds", "", integer},
    {"--log-disable", "", flag},
    {"--log-file", "", text, "LLAMA_ARG_LOG_FILE"},
    {"--log-prompts-dir", "", text},
    {"--log-colors", "", text, "LLAMA_ARG_LOG_COLORS"},
    {"-v --verbose --log-verbose", "", flag},
    {"-lv --verbosity --log-verbosity", "", integer, "LLAMA_ARG_LOG_VERBOSITY"},
    {"--log-prefix", "--no-log-prefix", toggle, "LLAMA_ARG_LOG_PREFIX"},
    {"--log-timestamps", "--no-log-timestamps", toggle, "LLAMA_ARG_LOG_TIMESTAMPS"},
};

}  // namespace

std::span<const Option> serverOptions() { return kOptions; }

}  // namespace ggufit
