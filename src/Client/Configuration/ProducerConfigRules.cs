using Semel.Client.Connections;

namespace Semel.Client.Configuration;

/// <summary>
/// What may be configured together, and what follows from what: one method per group of rows of the validation matrix. An explicit
/// enable.idempotence=true always means "fail rather than run without it"; a value that contradicts nothing the caller said is adjusted,
/// and the adjustment can be seen in <see cref="EffectiveConfig"/>. Pure.
/// </summary>
internal static class ProducerConfigRules
{
    const string Idempotence = "enable.idempotence", Acknowledgements = "acks", Retries = "retries", InFlight = "max.in.flight.requests.per.connection",
        Delivery = "delivery.timeout.ms", Linger = "linger.ms", Request = "request.timeout.ms", BatchSize = "batch.size", MaxBatch = "max.request.size",
        Buffer = "buffer.memory", TransactionalIdKey = "transactional.id", TransactionTimeout = "transaction.timeout.ms";

    /// <summary>The broker remembers this many batches of a producer and partition, so no more may be unanswered (KIP-98).</summary>
    public const int MaxIdempotentInFlight = 5;

    /// <param name="notOffered">Keys, by their own names, that are refused besides those of the table, each with the reason and the remedy.</param>
    /// <exception cref="KafkaConfigException">All keys that are refused for themselves, and all relations between keys that are.</exception>
    public static ProducerOptions Apply(IEnumerable<KeyValuePair<string, string>> config, IReadOnlyDictionary<string, string>? notOffered = null)
    {
        var draft = ConfigDraft.Read(config, ConfigRole.Producer, notOffered);
        string? disabledBy = null;
        draft.Check(ConnectionConfig.CheckServers);
        draft.Check(CompressionLevelRule.Check);
        if (draft.Check(CheckTransactionalId)) draft.Check(one => disabledBy = DecideIdempotence(one));
        if (draft.Check(CheckTransactionTimes)) draft.Check(CheckDeliveryTimes);
        draft.Check(CheckSizes);
        draft.ThrowIfRefused();
        return Build(draft, disabledBy);
    }


    /// <summary>What makes another kind of producer.</summary>
    static readonly Dictionary<string, string> OfTransactions = new() { [TransactionalIdKey] = "it makes a producer of transactions. Call BuildTransactional, or remove the key" };

    /// <summary>For a producer without transactions.</summary>
    /// <inheritdoc cref="Apply" path="/exception"/>
    public static ProducerOptions ApplyPlain(IEnumerable<KeyValuePair<string, string>> config) => Apply(config, OfTransactions);

    /// <summary>For a producer of transactions.</summary>
    /// <inheritdoc cref="Apply" path="/exception"/>
    public static ProducerOptions ApplyTransactional(IEnumerable<KeyValuePair<string, string>> config) => Apply(config) is { TransactionalId: not null } options ? options
        : throw new KafkaConfigException("transactional.id is not set. Give the application's instance a name that it has again after a restart, and no other instance has, or call Build.", TransactionalIdKey);

    /// <summary>V8 to V11: what a transactional id demands of the other keys.</summary>
    static void CheckTransactionalId(ConfigDraft draft)
    {
        if (draft.Text(TransactionalIdKey) is not { } id) return;
        if (string.IsNullOrWhiteSpace(id))
            throw draft.Refuse("transactional.id is empty. Give it a name, or remove the key.", TransactionalIdKey);
        if (draft.IsSet(Idempotence) && !draft.Flag(Idempotence))
            throw draft.Refuse($"{draft.Given(TransactionalIdKey)} needs idempotence, but {draft.Given(Idempotence)}. Remove {draft.Values.GivenAs(Idempotence)}.", TransactionalIdKey, Idempotence);
        foreach (var key in Contradictions(draft))
            draft.Keep(draft.Refuse($"{draft.Given(TransactionalIdKey)} needs idempotence, which {draft.Given(key)} rules out. {Repair(draft, key)}", TransactionalIdKey, key));
        draft.Imply(Idempotence, true);
    }

    /// <summary>V1 to V7: whether the producer is idempotent.</summary>
    /// <returns>The key that turned idempotence off although nobody asked for that.</returns>
    static string? DecideIdempotence(ConfigDraft draft)
    {
        if (!draft.Flag(Idempotence)) return null;
        var contradictions = Contradictions(draft).ToList();
        // More than five in flight is refused even when idempotence was not asked for: nobody asks for six in order to lose it.
        foreach (var key in contradictions.Where(key => draft.IsSet(Idempotence) || key == InFlight))
            draft.Keep(draft.Refuse($"{draft.Given(Idempotence)} is ruled out by {draft.Given(key)}. {Repair(draft, key)} Or set enable.idempotence=false.", Idempotence, key));
        if (contradictions.Count == 0 || draft.IsSet(Idempotence) || contradictions[0] == InFlight) return null;
        draft.Adjust(Idempotence, false, $"{draft.Given(contradictions[0])} rules it out, and it was not asked for by name");
        return contradictions[0];
    }

    static IEnumerable<string> Contradictions(ConfigDraft draft)
    {
        if (draft.Int32(InFlight) > MaxIdempotentInFlight) yield return InFlight;
        if (draft.Text(Acknowledgements) != "all") yield return Acknowledgements;
        if (draft.Int32(Retries) == 0) yield return Retries;
    }

    static string Repair(ConfigDraft draft, string key) => key switch
    {
        InFlight => $"Set {draft.Values.GivenAs(key)} to 5 or less.",
        Acknowledgements => $"Set {draft.Values.GivenAs(key)}=all.",
        _ => $"Remove {draft.Values.GivenAs(key)}.",
    };

    /// <summary>V14 to V16: no record may outlive its transaction.</summary>
    static void CheckTransactionTimes(ConfigDraft draft)
    {
        if (draft.Text(TransactionalIdKey) is null) return;
        var limit = draft.Duration(TransactionTimeout);
        var delivery = draft.Duration(Delivery);
        if (delivery > TimeSpan.Zero && delivery <= limit) return;
        if (draft.IsSet(Delivery))
            throw draft.Refuse($"{draft.Given(Delivery)} is longer than {draft.Given(TransactionTimeout)}: a record could outlive its transaction. " +
                $"Set {draft.Values.GivenAs(Delivery)} to {ConfigText.Format(limit)} or less.", Delivery, TransactionTimeout);
        draft.Adjust(Delivery, limit, $"no record may outlive its transaction ({draft.Given(TransactionTimeout)})");
        var left = limit - draft.Duration(Linger);
        if (draft.Duration(Request) <= left) return;
        if (draft.IsSet(Request) || left < TimeSpan.FromSeconds(1))
            throw draft.Refuse($"{draft.Given(Request)} and {draft.Given(Linger)} do not fit into {draft.Given(TransactionTimeout)}. Raise {draft.Values.GivenAs(TransactionTimeout)}.",
                Request, Linger, TransactionTimeout);
        draft.Adjust(Request, left, $"{Linger} and {Request} together must fit into {Delivery}");
    }

    /// <summary>V12, V13 and V17: the delivery timeout covers lingering and one request.</summary>
    static void CheckDeliveryTimes(ConfigDraft draft)
    {
        var delivery = draft.Duration(Delivery);
        if (delivery == TimeSpan.Zero) return;
        var needed = draft.Duration(Linger) + draft.Duration(Request);
        if (delivery >= needed) return;
        if (!draft.IsSet(Delivery) && draft.Text(TransactionalIdKey) is null)
        {
            draft.Adjust(Delivery, needed, $"it must not be less than {draft.Given(Linger)} and {draft.Given(Request)} together");
            return;
        }
        if (draft.IsSet(Linger) && draft.Duration(Linger) >= delivery)
            throw draft.Refuse($"{draft.Given(Linger)} is not less than {draft.Given(Delivery)}: every record would expire before it is sent. " +
                $"Set {draft.Values.GivenAs(Delivery)} to {ConfigText.Format(needed)} or more, or lower {draft.Values.GivenAs(Linger)}.", Linger, Delivery);
        throw draft.Refuse($"{draft.Given(Delivery)} is less than {draft.Given(Linger)} and {draft.Given(Request)} together. " +
            $"Set {draft.Values.GivenAs(Delivery)} to {ConfigText.Format(needed)} or more.", Delivery, Linger, Request);
    }

    /// <summary>V18 to V20: a batch fits into a request, and two batches fit into the memory.</summary>
    static void CheckSizes(ConfigDraft draft)
    {
        if (draft.Int64(MaxBatch) > draft.Int64(Buffer))
            throw draft.Refuse($"{draft.Given(MaxBatch)} is more than {draft.Given(Buffer)}: such a record could never be accepted. Lower {draft.Values.GivenAs(MaxBatch)}.", MaxBatch, Buffer);
        if (draft.Int64(BatchSize) > draft.Int64(MaxBatch))
            draft.Adjust(BatchSize, draft.Int64(MaxBatch), $"a batch may not be larger than {draft.Given(MaxBatch)}");
        if (draft.Int64(Buffer) < 2 * draft.Int64(BatchSize))
            draft.Adjust(BatchSize, draft.Int64(Buffer) / 2, $"two batches must fit into {draft.Given(Buffer)}");
    }

    static ProducerOptions Build(ConfigDraft draft, string? idempotenceDisabledBy)
    {
        var linger = draft.Duration(Linger);
        return new ProducerOptions
        {
            Acks = draft.Text(Acknowledgements) switch { "0" => Acks.None, "1" => Acks.Leader, _ => Acks.All },
            IsIdempotent = draft.Flag(Idempotence),
            IdempotenceIsRequired = draft.Flag(Idempotence) && (draft.IsSet(Idempotence) || draft.Text(TransactionalIdKey) is not null),
            MaxInFlight = draft.Int32(InFlight),
            Retries = draft.Int32(Retries),
            DeliveryTimeout = draft.Duration(Delivery) is var delivery && delivery > TimeSpan.Zero ? delivery : null,
            RequestTimeout = draft.Duration(Request),
            AnswerTimeout = draft.IsSet("socket.timeout.ms") ? draft.Duration("socket.timeout.ms") : draft.Duration(Request),
            Linger = linger,
            BatchSizeBytes = draft.Int32(BatchSize),
            BatchRecords = draft.Int32("batch.num.messages"),
            MaxBatchBytes = draft.Int32(MaxBatch),
            MaxRequestBytes = draft.Int32("produce.request.max.bytes"),
            BufferBytes = draft.Int64(Buffer),
            BufferRecords = draft.Int32("queue.buffering.max.messages"),
            MaxBlock = draft.Duration("max.block.ms"),
            Compression = Enum.Parse<CompressionCodec>(draft.Text("compression.type")!, ignoreCase: true),
            CompressionLevel = CompressionLevelRule.Level(draft),
            Partitioner = Enum.Parse<Partitioner>(draft.Text("partitioner")!.Replace("_", ""), ignoreCase: true),
            AdaptivePartitioning = draft.Flag("partitioner.adaptive.partitioning.enable"),
            IgnoreKeys = draft.Flag("partitioner.ignore.keys"),
            StickyLinger = draft.IsSet("sticky.partitioning.linger.ms") ? draft.Duration("sticky.partitioning.linger.ms") : 2 * linger,
            AvailabilityTimeout = draft.Duration("partitioner.availability.timeout.ms"),
            RetryBackoff = draft.Duration("retry.backoff.ms"),
            RetryBackoffMax = draft.Duration("retry.backoff.max.ms"),
            TopicPropagation = draft.Duration("topic.metadata.propagation.max.ms"),
            AllowTopicCreation = !draft.IsSet("allow.auto.create.topics") || draft.Flag("allow.auto.create.topics"),
            AllowTopicRecreation = draft.Flag("allow.topic.recreation"),
            Gapless = draft.Flag("enable.gapless.guarantee"),
            StopOnDataLoss = draft.Text("on.data.loss") == "stop",
            CloseTimeout = draft.Duration("close.timeout.ms"),
            TransactionalId = draft.Text(TransactionalIdKey),
            TransactionTimeout = draft.Duration(TransactionTimeout),
            RaisesAlways = draft.Text("transactions.hygiene") == "always",
            WitnessGroup = draft.Text("transaction.witness.group"),
            Values = draft.Values,
            Effective = draft.ToEffective(ConfigRole.Producer, idempotenceDisabledBy),
        };
    }
}
