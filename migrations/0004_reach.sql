-- Who may reach a user: null is what the policy of the installation says.
ALTER TABLE user ADD COLUMN reach_messages TEXT CHECK (reach_messages IN ('everyone', 'contacts'));
ALTER TABLE user ADD COLUMN reach_groups TEXT CHECK (reach_groups IN ('everyone', 'contacts', 'nobody'));
ALTER TABLE user ADD COLUMN reach_search TEXT CHECK (reach_search IN ('everyone', 'contacts', 'nobody'));
