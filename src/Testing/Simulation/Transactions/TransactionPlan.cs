namespace Semel.Testing.Simulation.Transactions;

/// <summary>What somebody does with transactions.</summary>
internal enum SlotKind : byte
{
    /// <summary>Writes transactions over several partitions.</summary>
    Writer,
    /// <summary>Reads what was committed, writes one record for each, and commits how far it has read with them.</summary>
    Copier,
    /// <summary>Commits offsets plainly and in transactions, and looks at them.</summary>
    Keeper,
    /// <summary>Writes transactions over several partitions by the client's own machine.</summary>
    ClientWriter,
}

/// <summary>How a copier comes by its partitions.</summary>
internal enum Membership : byte
{
    /// <summary>It has one for itself: who has its transactional id has the partition.</summary>
    Assigned,
    /// <summary>By a group of the classic protocol.</summary>
    Classic,
    /// <summary>By a group of KIP-848.</summary>
    Consumer,
}

/// <summary>One transactional id and those who use it, one after the other or, when one is taken for dead, beside each other.</summary>
/// <param name="SecondProtocol">KIP-890; else the first protocol. Later holders of the id may speak the other.</param>
internal sealed record SlotPlan(SlotKind Kind, bool SecondProtocol, Membership Membership, int Transactions);

/// <summary>
/// What one run is made of, drawn from its seed: each kind of fault and each feature is there or not, so that runs differ in kind and not only in detail. "One
/// in n": 0 means never.
/// </summary>
internal sealed record TransactionPlan
{
    public int InputPartitions { get; init; }
    public int OutputPartitions { get; init; }
    public int CoordinatorLogs { get; init; }
    public int GroupLogs { get; init; }
    public IReadOnlyList<SlotPlan> Slots { get; init; } = [];
    public DiskPlan Disk { get; init; } = new();

    public TimeSpan NetworkDelay { get; init; }
    public int CutOneIn { get; init; }
    public int StallOneIn { get; init; }
    /// <summary>A request is held back while its sender goes on by another connection, and arrives later.</summary>
    public int HoldOneIn { get; init; }
    public TimeSpan HoldTime { get; init; }
    /// <summary>How long bytes of a connection that was cut may still be on their way.</summary>
    public TimeSpan ZombieDelay { get; init; }

    public TimeSpan? MeanTimeToCrash { get; init; }
    /// <summary>The process dies at an append that is durable and not known yet to be.</summary>
    public int CrashAtAppendOneIn { get; init; }
    public TimeSpan Downtime { get; init; }
    /// <summary>The longest between an effect and what is done for it.</summary>
    public TimeSpan EffectDelay { get; init; }

    /// <summary>Between what the broker was told and what it does then a thread stands still.</summary>
    public int SlowThreadOneIn { get; init; }
    /// <summary>A participant is told the same end twice (with the second protocol; of the first one a coordinator tells again only when it is
    /// another).</summary>
    public int RepeatedMarkerOneIn { get; init; }

    /// <summary>A coordinator's log fails while participants are told of an end.</summary>
    public int FailureWhileTellingOneIn { get; init; }

    /// <summary>A client stands still in the middle of what it does, for longer than its transaction may be open.</summary>
    public int PauseOneIn { get; init; }
    /// <summary>Somebody else takes the transactional id of a client that lives.</summary>
    public TimeSpan? MeanTimeToTakeover { get; init; }
    public bool ChangesProtocol { get; init; }
    public bool SetsWallClock { get; init; }
    public bool RemakesTopic { get; init; }
    /// <summary>The epochs of all transactional ids are nearly used up.</summary>
    public bool BeginsNearLastEpoch { get; init; }
    public int AbortOneIn { get; init; }

    public static readonly TimeSpan FaultyTime = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan TransactionTimeout = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(3);

    public static TransactionPlan Drawn(SimulatedRandom random, Reduction without)
    {
        var plan = Drawn(random);
        bool Has(TroubleKinds kind) => !without.Troubles.HasFlag(kind);
        return plan with
        {
            Slots = [.. plan.Slots.Select(slot => slot with { Transactions = Math.Min(slot.Transactions, without.MostTransactions) })],
            Disk = plan.Disk with
            {
                FailedAppendOneIn = Has(TroubleKinds.FailedAppends) ? plan.Disk.FailedAppendOneIn : 0,
                HasSnapshots = plan.Disk.HasSnapshots && Has(TroubleKinds.Snapshots),
            },
            CutOneIn = Has(TroubleKinds.Cuts) ? plan.CutOneIn : 0,
            StallOneIn = Has(TroubleKinds.Cuts) ? plan.StallOneIn : 0,
            HoldOneIn = Has(TroubleKinds.Holds) ? plan.HoldOneIn : 0,
            SlowThreadOneIn = Has(TroubleKinds.SlowThreads) ? plan.SlowThreadOneIn : 0,
            FailureWhileTellingOneIn = Has(TroubleKinds.FailedAppends) ? plan.FailureWhileTellingOneIn : 0,
            RepeatedMarkerOneIn = Has(TroubleKinds.RepeatedMarkers) ? plan.RepeatedMarkerOneIn : 0,
            MeanTimeToCrash = Has(TroubleKinds.Crashes) ? plan.MeanTimeToCrash : null,
            CrashAtAppendOneIn = Has(TroubleKinds.Crashes) ? plan.CrashAtAppendOneIn : 0,
            PauseOneIn = Has(TroubleKinds.Pauses) ? plan.PauseOneIn : 0,
            MeanTimeToTakeover = Has(TroubleKinds.Takeovers) ? plan.MeanTimeToTakeover : null,
            SetsWallClock = plan.SetsWallClock && Has(TroubleKinds.WallClock),
            RemakesTopic = plan.RemakesTopic && Has(TroubleKinds.Remakes),
            AbortOneIn = Has(TroubleKinds.Aborts) ? plan.AbortOneIn : 0,
        };
    }

    static TransactionPlan Drawn(SimulatedRandom random)
    {
        bool Half() => random.OneIn(2);
        var inputs = random.Between(1, 2);
        var slots = new List<SlotPlan>();
        SlotPlan Slot(SlotKind kind, Membership membership = Membership.Assigned) => new(kind, Half(), membership, random.Between(3, 8));
        for (var writers = random.Between(1, 2); writers > 0; writers--) slots.Add(Slot(SlotKind.Writer));
        foreach (var membership in (ReadOnlySpan<Membership>)[Membership.Classic, Membership.Consumer])
        {
            if (!random.OneIn(3)) continue;
            for (var members = random.Between(1, 3); members > 0; members--) slots.Add(Slot(SlotKind.Copier, membership));
        }
        // A copier without a group has one input partition: there is one for each, or none.
        if (slots.TrueForAll(static slot => slot.Kind == SlotKind.Writer) || random.OneIn(3))
            for (var partition = 0; partition < inputs; partition++) slots.Add(Slot(SlotKind.Copier));
        if (Half()) slots.Add(Slot(SlotKind.Keeper));
        var plan = new TransactionPlan
        {
            InputPartitions = inputs,
            OutputPartitions = random.Between(1, 3),
            CoordinatorLogs = random.Between(1, 2),
            GroupLogs = random.Between(1, 2),
            Slots = slots,
            Disk = new()
            {
                Delay = TimeSpan.FromMilliseconds(random.OneOf(1, 3, 15)),
                FailedAppendOneIn = random.OneOf(0, 0, 25, 100),
                HasSnapshots = Half(),
                HasDamagedSnapshots = random.OneIn(4),
            },
            NetworkDelay = TimeSpan.FromMilliseconds(random.OneOf(1, 4, 30)),
            CutOneIn = random.OneOf(0, 10, 40, 150),
            StallOneIn = random.OneOf(0, 0, 60, 200),
            HoldOneIn = random.OneOf(0, 0, 8, 30),
            HoldTime = TimeSpan.FromMilliseconds(random.OneOf(60, 300, 1_500)),
            SlowThreadOneIn = random.OneOf(0, 0, 6, 25),
            FailureWhileTellingOneIn = random.OneOf(0, 0, 6, 25),
            RepeatedMarkerOneIn = random.OneOf(0, 0, 4, 20),
            ZombieDelay = TimeSpan.FromMilliseconds(random.OneOf(1, 60, 500, 4_000)),
            MeanTimeToCrash = random.OneOf<TimeSpan?>(null, null, TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(2)),
            CrashAtAppendOneIn = random.OneOf(0, 0, 20, 80),
            Downtime = TimeSpan.FromMilliseconds(random.OneOf(1, 100, 2_500)),
            EffectDelay = TimeSpan.FromMilliseconds(random.OneOf(0, 2, 40, 300)),
            PauseOneIn = random.OneOf(0, 0, 12, 40),
            MeanTimeToTakeover = random.OneOf<TimeSpan?>(null, TimeSpan.FromMilliseconds(800), TimeSpan.FromSeconds(3)),
            ChangesProtocol = Half(),
            SetsWallClock = random.OneIn(4),
            RemakesTopic = random.OneIn(4),
            BeginsNearLastEpoch = random.OneIn(4),
            AbortOneIn = random.OneOf(0, 3, 8),
        };
        // Drawn last, and so no other choice depends on it.
        return Half() ? plan with { Slots = [.. slots, Slot(SlotKind.ClientWriter)] } : plan;
    }
}
