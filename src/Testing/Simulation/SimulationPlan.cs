namespace Semel.Testing.Simulation;

/// <summary>
/// What one run is made of, drawn from its seed: each kind of fault and each feature is there or not, so that runs differ in kind and not only in detail
/// (swarm testing). "One in n": 0 means never.
/// </summary>
internal sealed record SimulationPlan
{
    public int Producers { get; init; }
    /// <summary>Beside them there are some that are not ours. They never give up, so they are not there when producers are forgotten.</summary>
    public int RepeatingProducers { get; init; }
    public int Partitions { get; init; }
    public int RecordsPerProducer { get; init; }
    public int RecordsPerBatch { get; init; }
    public int MaxInFlight { get; init; }
    public TimeSpan Linger { get; init; }
    /// <summary>The longest pause between two records of one producer.</summary>
    public TimeSpan Pace { get; init; }

    public TimeSpan NetworkDelay { get; init; }
    public int CutOneIn { get; init; }
    public int StallOneIn { get; init; }
    /// <summary>How long bytes of a connection that was cut may still be on their way.</summary>
    public TimeSpan ZombieDelay { get; init; }

    public DiskPlan Disk { get; init; } = new();
    public TimeSpan? MeanTimeToCrash { get; init; }
    public TimeSpan Downtime { get; init; }
    public bool DeletesRecords { get; init; }
    public bool HasLogAppendTime { get; init; }
    /// <summary>The clock on the wall is set by some minutes.</summary>
    public bool SetsWallClock { get; init; }
    /// <summary>It jumps by more than a day, forwards and backwards, while the broker runs and while it is down.</summary>
    public bool JumpsWallClock { get; init; }

    /// <summary>Producers begin shortly before the last sequence.</summary>
    public bool BeginsNearWrap { get; init; }
    /// <summary>Producers have their ids from before the topic was made: the first batch of one that is not known may have any sequence.</summary>
    public bool HasOlderProducers { get; init; }
    /// <summary>Producers are forgotten after little silence.</summary>
    public bool ForgetsProducers { get; init; }
    /// <summary>Records give up before all is healed.</summary>
    public bool HasShortDeliveryTimeout { get; init; }
    /// <summary>Producers die and others take their place.</summary>
    public bool AbandonsProducers { get; init; }

    /// <summary>A producer that a partition does not know may begin with any sequence there: it is older than the topic, or than the last deletion of records.</summary>
    public bool HasUnknownBeginnings => HasOlderProducers || DeletesRecords;

    /// <summary>Nothing gives up and nothing is forgotten: then every record has to be acknowledged, and no producer may ever have to begin its sequences anew.</summary>
    public bool IsStrict => !HasShortDeliveryTimeout;

    public static readonly TimeSpan FaultyTime = TimeSpan.FromSeconds(12);
    /// <summary>Longer than a batch can live: its delivery timeout, an answer that is waited for in vain, and zombies on their way. A shorter one would be wrong in any broker.</summary>
    public static readonly TimeSpan ProducerIdExpiration = TimeSpan.FromSeconds(8);

    public static SimulationPlan Drawn(SimulatedRandom random)
    {
        bool Half() => random.OneIn(2);
        var wrap = random.OneIn(3);
        var forgets = !wrap && random.OneIn(6);
        // A batch may be repeated for as long as the producer tries: shorter than the producer is remembered.
        var older = !wrap && random.OneIn(4);
        var deletes = random.OneIn(4);
        var shortTimeout = forgets || (!wrap && random.OneIn(6));
        return new SimulationPlan
        {
            Producers = random.Between(1, 3),
            RepeatingProducers = forgets ? 0 : older ? random.Between(2, 4) : random.Between(0, 1),
            Partitions = random.Between(1, 3),
            RecordsPerProducer = forgets ? random.Between(20, 35) : random.Between(40, 160),
            RecordsPerBatch = random.Between(1, 4),
            MaxInFlight = Half() ? 5 : random.Between(1, 5),
            Linger = TimeSpan.FromMilliseconds(random.OneOf(0, 0, 2, 20)),
            Pace = TimeSpan.FromMilliseconds(random.OneOf(forgets ? 5_000 : 1, 10, 60, forgets ? 5_000 : 150)),
            NetworkDelay = TimeSpan.FromMilliseconds(random.OneOf(1, 5, 40)),
            CutOneIn = random.OneOf(0, 12, 40, 150),
            StallOneIn = random.OneOf(0, 0, 60, 200),
            ZombieDelay = TimeSpan.FromMilliseconds(forgets ? 300 : random.OneOf(1, 100, 5_000)),
            Disk = new()
            {
                Delay = TimeSpan.FromMilliseconds(random.OneOf(1, 3, 25)),
                FailedAppendOneIn = older ? random.OneOf(2, 4, 8) : random.OneOf(0, 8, 40, 150),
                HasSnapshots = Half(),
                // Where records are deleted a snapshot is all that knows of their producers.
                HasDamagedSnapshots = random.OneIn(3) && !deletes,
            },
            MeanTimeToCrash = random.OneOf<TimeSpan?>(null, TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)),
            Downtime = TimeSpan.FromMilliseconds(random.OneOf(1, 100, 1_500)),
            DeletesRecords = deletes,
            HasLogAppendTime = random.OneIn(4),
            SetsWallClock = random.OneIn(4),
            JumpsWallClock = random.OneIn(4),
            BeginsNearWrap = wrap,
            HasOlderProducers = older,
            ForgetsProducers = forgets,
            HasShortDeliveryTimeout = shortTimeout,
            AbandonsProducers = random.OneIn(5),
        };
    }
}
