namespace Semel.Machines.Groups;

/// <summary>
/// Whether a group whose members are there may change its protocol, from classic to that of KIP-848 (upgrade) and back (downgrade). An empty group always may. A flag for
/// each direction.
/// </summary>
[Flags]
public enum MigrationPolicy : byte
{
    Disabled = 0,
    Upgrade = 1,
    Downgrade = 2,
    Bidirectional = Upgrade | Downgrade,
}
