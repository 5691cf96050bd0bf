using Semel.Machines.Groups.Offsets;
using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Machines.Groups;

/// <summary>
/// Who is in a group, by the classic protocol or by KIP-848, and what follows from it for the group's offsets. Its recorded state changes only in <see
/// cref="Apply"/>,
/// live and at replay alike; what is not in the log (parked joins, sessions, ids that wait for their member) may change whenever it decides.
/// </summary>
internal abstract class GroupBody(Group group)
{
    public Group Group { get; } = group;

    /// <summary>The time in the batch of its newest record.</summary>
    public Instant WrittenAt { get; set; }

    /// <summary>As ListGroups shows it: "classic" or "consumer".</summary>
    public abstract string TypeName { get; }
    /// <summary>As ListGroups and DescribeGroups show it: "Stable", "Empty", ...</summary>
    public abstract string StateName { get; }
    /// <summary>"consumer", "connect", ...; empty when nobody has said it.</summary>
    public abstract string ProtocolType { get; }
    public abstract bool HasMembers { get; }
    /// <summary>Nothing recorded and nobody here: the group may be forgotten without a record.</summary>
    public abstract bool IsBare { get; }

    /// <summary>Whether the committer may commit into the group at all (groups.md 6.1, transactions.md 10 row 5).</summary>
    public abstract CommitAdmission AdmitCommit(in Committer committer);
    /// <summary>For <see cref="CommitAdmission.ByPartition"/>: whether this partition may be committed (KIP-1251).</summary>
    public virtual bool AdmitsPartition(in Committer committer, TopicId topicId, int partition) => true;
    /// <summary>Somebody whose commit was admitted has shown that it lives.</summary>
    public virtual void Heard(in Committer committer, GroupTurn turn)
    {
    }
    /// <summary>OffsetFetch 9 and later with a member id. Only of KIP-848 groups is anything refused.</summary>
    public virtual ErrorCode AdmitFetch(string memberId, int memberEpoch) => ErrorCode.None;
    /// <summary>Whether a member reads the topic, or may: a subscription that cannot be parsed reads every topic.</summary>
    public abstract bool IsSubscribedTo(string topic);
    /// <summary>Which of the group's offsets may expire at the present moment, and since when they are of no use (groups.md 7).</summary>
    public abstract ExpiryTerms Expiry { get; }

    /// <summary>Takes one record of this group: those of its own kind alone.</summary>
    public abstract void Apply(StateRecord record, in AppliedAt at);
    /// <summary>The machine has been folded, and members are waited for from now on: every session begins anew. Only timers may be set.</summary>
    public abstract void Resume(GroupTurn turn);
    /// <summary>One of this group's timers has come; it may have been set again, or be of no use any more.</summary>
    public abstract void TimerCame(GroupTimer timer, GroupTurn turn);
    /// <summary>The records that make this recorded state out of nothing, in an order that is always the same: the snapshot.</summary>
    public abstract void WriteState(GroupRecords records);
    /// <summary>The records that remove it: the group is deleted. Only of a group without members.</summary>
    public abstract void WriteRemoval(GroupRecords records);
}

/// <summary>When a record is applied.</summary>
/// <param name="Written">The time in the record's batch: the same at every replay.</param>
/// <param name="Steady">By the steady clock of this process; at replay the time of loading.</param>
internal readonly record struct AppliedAt(Instant Written, TimeSpan Steady);

/// <summary>Whether somebody may commit: <see cref="Error"/> is none, or none for some partitions.</summary>
/// <param name="Error">The whole request's error; with <paramref name="ByPartition"/> that of the partitions that are not admitted.</param>
internal readonly record struct CommitAdmission(ErrorCode Error, bool ByPartition = false)
{
    public static readonly CommitAdmission Admitted = new(ErrorCode.None);
}
