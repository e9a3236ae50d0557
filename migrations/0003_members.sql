-- Who shares a conversation with whom: a projection of the conversations' members, for looking it up by user.
CREATE TABLE conversation_members (
  user_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  PRIMARY KEY (user_id, conversation_id)
) STRICT, WITHOUT ROWID;

-- The same by conversation, as last told: `version` is the head of its log then, `user_ids` a JSON array.
CREATE TABLE conversation_rosters (
  conversation_id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  user_ids TEXT NOT NULL
) STRICT, WITHOUT ROWID;
