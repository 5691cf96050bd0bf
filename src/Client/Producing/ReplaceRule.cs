using Semel.Client.Errors;
using Semel.Client.Transacting;

namespace Semel.Client.Producing;

/// <summary>
/// Batches that are encoded anew: split because they are too large, or without the records that the broker refused by name. Only a batch that certainly is not in the
/// log may be: a part of it would begin at a sequence that the broker may already have.
/// </summary>
internal static class ReplaceRule
{
    public static void WantSplit(ProducerTurn turn, PartitionState partition, ProducerBatch head)
    {
        turn.Add(new Tell(new BatchSplit(partition.Name, head.RecordCount, head.SizeInBytes)));
        head.IsReplacementWanted = true;
        partition.Replacement = new ReplaceBatch(head, Math.Max(1, head.SizeInBytes / 2), [], default, null);
    }

    public static void WantWithout(ProducerTurn turn, PartitionState partition, ProducerBatch head, PartitionAnswer answer, ErrorRow row)
    {
        var refused = Verdict.NotPersisted(AnswerRule.Describe(partition, answer), row.ClassOfRecord);
        head.IsReplacementWanted = true;
        partition.Replacement = new ReplaceBatch(head, int.MaxValue, answer.Refusals, refused, turn.State.Options.Gapless ? GaplessRule.Preceding(partition) : null);
        RecordRule.Failed(turn, partition, refused);
        GaplessRule.FailBehind(turn, partition, head, refused);
    }

    /// <summary>Nothing of the partition is in flight.</summary>
    /// <returns>Whether the partition now waits for the replacement.</returns>
    public static bool BeginIfWanted(ProducerTurn turn, PartitionState partition)
    {
        if (partition.Replacement is not { } replacement) return false;
        partition.Replacement = null;
        if (partition.Head is not { IsReplacementWanted: true } head || head != replacement.Batch || partition.RecreatedAs is not null
            || partition.IsOfOtherCluster) return false;
        partition.Replacing = head;
        turn.Add(replacement);
        return true;
    }

    /// <summary>The fragments take the original's place; they are stamped from its sequence on, and nothing was ever attempted for them.</summary>
    public static void Take(ProducerTurn turn, BatchReplaced input)
    {
        if (turn.State.Find(input.Original.Partition) is not { } partition || partition.Replacing != input.Original) return;
        partition.Replacing = null;
        partition.Window.RemoveAt(0);
        foreach (var fragment in input.Fragments)
        {
            fragment.Identity = input.Original.Identity;
            // Gapless: what stands behind a refused record was reported with it, so a fragment never does.
            fragment.PrecedingFailed = input.Original.PrecedingFailed;
        }
        partition.Window.InsertRange(0, input.Fragments);
        turn.Add(new ReleaseBatch(input.Original));
        if (turn.State.ClosedBy is { } reason) CloseRule.EndPartition(turn, partition, reason);
        else RewindRule.FinishIfQuiet(turn, partition);
    }
}
