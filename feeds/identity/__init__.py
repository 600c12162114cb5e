"""Who is who: users, sessions, API keys, passkeys, and the audit of what they did and read. Knows no HTTP."""
