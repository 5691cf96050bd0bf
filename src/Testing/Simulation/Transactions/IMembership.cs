namespace Semel.Testing.Simulation.Transactions;

/// <summary>A member of a group as its client has it, whatever protocol they speak.</summary>
internal interface IMembership
{
    string MemberId { get; }

    /// <summary>The generation, or the member's epoch; -1 while it is no member.</summary>
    int Generation { get; }

    /// <summary>The partitions that it has.</summary>
    IReadOnlyList<int> Assigned { get; }

    /// <summary>How often it was given partitions: as long as that stays the same, it has had them without interruption.</summary>
    int Assignments { get; }

    /// <summary>Asks whether it still has what it has. When it has not, it goes on with what it has been given instead, or joins again.</summary>
    Task<bool> KeepsAsync();

    /// <summary>Joins until it is a member.</summary>
    Task JoinAsync();
}
