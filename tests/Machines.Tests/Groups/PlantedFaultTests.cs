using Semel.Machines.Catalog;
using Semel.Machines.Groups;
using Semel.Machines.Groups.Admin;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups;

/// <summary>
/// Each planted fault of offsets and classic groups does what it says, and a right machine does not: so a checker that finds them finds real ones.
/// </summary>
public class PlantedFaultTests
{
    /// <summary>What goes wrong with each fault: true when it did.</summary>
    static readonly Dictionary<PlantedFault, Func<TestGroups, bool>> Wrong = new()
    {
        [PlantedFault.PendingPromotedOnAbort] = groups =>
        {
            groups.Pending("g", 9, 1);
            groups.End(1, 0, commit: false);
            return groups.Fetch("g").Offset == 9;
        },
        [PlantedFault.OlderPendingPromoted] = groups =>
        {
            groups.Pending("g", 9, 1);
            groups.Commit("g", 20);
            groups.End(1, 0, commit: true);
            return groups.Fetch("g").Offset == 9;
        },
        [PlantedFault.OffsetsWithoutTopicId] = groups =>
        {
            groups.Commit("g", 9);
            groups.Topics.Turn(CatalogCommand.DeleteTopic("t"));
            groups.Topics.Create("t");
            return groups.Fetch("g").Offset == 9;
        },
        [PlantedFault.GuardNotRechecked] = groups =>
        {
            var guard = groups.Verify(1, 0).Guard;
            groups.End(1, 0, commit: false);
            groups.First(groups.PendingOf("g", 9, 1, 0, guard));
            return groups.Machine.View.OpenTransactions.Count == 1;
        },
        [PlantedFault.PendingNotAsked] = groups =>
        {
            groups.Pending("g", 9, 1);
            return groups.Fetch("g", stable: true).Error == ErrorCode.None;
        },
        [PlantedFault.GenerationNotChecked] = groups =>
        {
            var member = groups.Stable("g", 1)[0];
            groups.Commit("g", 9, by: member with { Generation = member.Generation - 1 });
            return groups.Fetch("g").Offset == 9;
        },
        [PlantedFault.PendingForgottenInSnapshot] = groups =>
        {
            groups.Pending("g", 9, 1);
            groups.RestartFromSnapshot();
            groups.End(1, 0, commit: true);
            return groups.Fetch("g").Offset == -1;
        },
        [PlantedFault.GroupDeletedUnderTransaction] = groups =>
        {
            groups.Commit("g", 1);
            groups.Pending("g", 9, 1);
            groups.Ask(new DeleteGroup(new("g")));
            groups.End(1, 0, commit: true);
            return groups.Fetch("g").Offset == -1;
        },
    };

    public static TheoryData<string> Faults => [.. Wrong.Keys.Select(fault => fault.ToString())];

    [Theory, MemberData(nameof(Faults))]
    public void A_planted_fault_shows_and_a_right_machine_does_not(string name)
    {
        var fault = Enum.Parse<PlantedFault>(name);
        bool GoesWrong(PlantedFault planted)
        {
            var groups = new TestGroups(fault: planted) { ChecksReplay = false };
            groups.Topics.Create("t");
            return Wrong[fault](groups);
        }
        Assert.True(GoesWrong(fault));
        Assert.False(GoesWrong(PlantedFault.None));
    }
}
