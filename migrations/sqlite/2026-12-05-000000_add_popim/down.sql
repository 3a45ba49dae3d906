DROP INDEX channel_members_place;
ALTER TABLE conversations DROP COLUMN marked;
DROP TABLE canned_replies;
ALTER TABLE channel_members DROP COLUMN place;
DROP TABLE account_extras;
DROP TABLE web_sessions;
