//! BuildKit's wire: messages, capability ids and, behind a feature, the gateway client over stdio.
