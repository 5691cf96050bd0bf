using Semel.Client.Transacting;

namespace Semel.Client.Producing;

/// <summary>
/// What is sent now: at most one batch per partition and request, in the order of each partition, within the limits of the connection, the window and the probe.
/// A batch gets its sequence here and not before, so that one that expires earlier leaves no hole.
/// </summary>
internal static class DrainRule
{
    public static void Apply(ProducerTurn turn)
    {
        var state = turn.State;
        if (state.Active.Count == 0 || state.ClosedBy is not null) return;
        while (Gather(turn) is { } requests)
            foreach (var request in requests) Send(turn, request.Node, request);
        state.DrainFrom = (state.DrainFrom + 1) % state.Active.Count;
    }

    /// <summary>What one request to one broker is going to have.</summary>
    sealed class Request(NodeId node)
    {
        public NodeId Node => node;
        public List<(PartitionState Partition, ProducerBatch Batch)> Drained { get; } = [];
        public long SizeInBytes { get; set; }
    }

    /// <returns>At most one request per broker, by the brokers' numbers; null when there is nothing to send.</returns>
    static List<Request>? Gather(ProducerTurn turn)
    {
        var state = turn.State;
        List<Request>? requests = null;
        for (var index = 0; index < state.Active.Count; index++)
        {
            var partition = state.Active[(state.DrainFrom + index) % state.Active.Count];
            if (FindSendable(turn, partition) is not { } batch) continue;
            var request = RequestTo(partition.Leader, requests ??= new(1));
            // A single batch always goes, whatever its size; what is left out comes with the next request.
            if (request.SizeInBytes > 0 && request.SizeInBytes + batch.SizeInBytes > state.Options.MaxRequestBytes) continue;
            request.SizeInBytes += batch.SizeInBytes;
            request.Drained.Add((partition, batch));
        }
        return requests;
    }

    static Request RequestTo(NodeId node, List<Request> requests)
    {
        var at = 0;
        while (at < requests.Count && requests[at].Node.Value < node.Value) at++;
        if (at < requests.Count && requests[at].Node == node) return requests[at];
        var request = new Request(node);
        requests.Insert(at, request);
        return request;
    }

    /// <summary>The partition's next batch, when it may go now; otherwise the machine is woken when only time stands in the way.</summary>
    static ProducerBatch? FindSendable(ProducerTurn turn, PartitionState partition)
    {
        if (!partition.HasWork || partition.IsRewinding || partition.Replacing is not null) return null;
        if (partition.RetryAt > turn.Now)
        {
            turn.WakeAt(partition.RetryAt);
            return null;
        }
        if (FindNext(turn, partition) is not { } batch || !HasLeader(turn, partition) || !HasRoom(turn, partition)) return null;
        if (batch.IsSealed) return batch;
        turn.Seal(batch);
        return null;
    }

    static ProducerBatch? FindNext(ProducerTurn turn, PartitionState partition)
    {
        foreach (var waiting in partition.Window)
            if (!waiting.IsInFlight && !waiting.IsReported && !waiting.IsKnownAppended) return waiting;
        if (partition.Queue.First is not { } batch || (turn.State.IsIdempotent && partition.HasGhost) || !MayBegin(turn.State, partition)) return null;
        if (batch.IsSealed || turn.State.IsMemoryWanted || partition.Queue.Count > 1 || turn.State.Transaction is { State: TransactionState.Committing }) return batch;
        var due = batch.AcceptedAt + turn.State.Options.Linger;
        if (due <= turn.Now) return batch;
        turn.WakeAt(due);
        return null;
    }

    /// <summary>Whether a batch may be stamped: there is room in the window, and the partition's sequences count under the producer's identity or can begin to.</summary>
    static bool MayBegin(ProducerState state, PartitionState partition)
    {
        if (partition.Window.Count >= state.WindowLimit) return false;
        if (!state.IsIdempotent) return true;
        if (state.Transaction is { } transaction && !ParticipantsRule.MayWrite(transaction, partition)) return false;
        return !state.Identity.IsNone && (partition.Identity == state.Identity || partition.Window.Count == 0);
    }

    static bool HasLeader(ProducerTurn turn, PartitionState partition)
    {
        if (partition.Leader != NodeId.None) return true;
        turn.Refresh(partition.Name.Topic);
        TroubleRule.Note(turn, partition, ErrorCode.LeaderNotAvailable,
            "the cluster names no leader of it: its broker is down, or the partition is offline there");
        partition.RetryAt = turn.Now + turn.RetryDelay(++partition.FailuresInARow);
        turn.WakeAt(partition.RetryAt);
        return false;
    }

    static bool HasRoom(ProducerTurn turn, PartitionState partition)
    {
        var state = turn.State;
        var limit = partition.IsProbing && state.IsIdempotent ? 1 : state.WindowLimit;
        if (partition.InFlightCount >= limit) return false;
        // What was sent to the old leader has to end first: bounded by the request timeout.
        if (partition.InFlightCount > 0 && partition.InFlightNode != partition.Leader) return false;
        var broker = state.Broker(partition.Leader);
        if (broker.InFlightCount >= state.Options.MaxInFlight) return false;
        if (broker.MutedUntil <= turn.Now) return true;
        turn.WakeAt(broker.MutedUntil);
        return false;
    }

    static void Send(ProducerTurn turn, NodeId node, Request gathered)
    {
        var drained = gathered.Drained;
        var state = turn.State;
        var stamped = new StampedBatch[drained.Count];
        var request = new RequestState(state.NextRequestId++, node, new List<ProducerBatch>(drained.Count));
        for (var index = 0; index < drained.Count; index++)
        {
            var (partition, batch) = drained[index];
            if (!partition.Window.Contains(batch)) Stamp(state, partition, batch);
            else if (state.Transaction is { Fault: PlantedFault.RepeatedUnderNewSequence }) Renumber(partition, batch);
            batch.Attempt = request;
            partition.InFlightCount++;
            partition.InFlightNode = node;
            request.Batches.Add(batch);
            stamped[index] = new StampedBatch(batch, partition.TopicId, batch.Identity, batch.BaseSequence);
        }
        state.Requests.Add(request.Id, request);
        state.Broker(node).InFlightCount++;
        RecordRule.Sending(turn);
        turn.Add(new SendProduce(request.Id, node, stamped)
        {
            ClusterId = state.IsIdempotent ? state.ClusterId : null,
            Versions = state.Transaction?.Open is { } open ? VersionLimits.OfProduce(open.Version) : VersionLimits.Any,
        });
    }

    static void Stamp(ProducerState state, PartitionState partition, ProducerBatch batch)
    {
        partition.Queue.RemoveFirst();
        partition.Window.Add(batch);
        if (!state.IsIdempotent) return;
        if (partition.Identity != state.Identity)
        {
            var goesOn = state.Transaction?.Fault == PlantedFault.SequencesNotRestarted && !partition.Identity.IsNone;
            partition.Identity = state.Identity;
            if (!goesOn) partition.NextSequence = partition.ExpectedSequence = state.Identity.Epoch.Value == 0 ? state.FirstSequence : 0;
            partition.IsProbing = true;
        }
        batch.Stamp(partition.Identity, partition.NextSequence);
        if (state.Transaction is not { Fault: PlantedFault.SequenceNotAdvanced }) partition.NextSequence = batch.NextSequence;
    }

    /// <summary>What nobody may do; planted.</summary>
    static void Renumber(PartitionState partition, ProducerBatch batch)
    {
        batch.Stamp(partition.Identity, partition.NextSequence);
        partition.NextSequence = batch.NextSequence;
    }
}
