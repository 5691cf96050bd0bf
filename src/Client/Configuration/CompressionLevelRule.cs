namespace Semel.Client.Configuration;

/// <summary>Which level the chosen codec has: librdkafka has one key for all codecs, Java one for each. Pure.</summary>
internal static class CompressionLevelRule
{
    const string ForAll = "compression.level", Codec = "compression.type";

    /// <exception cref="KafkaConfigException">The level is none of the codec's, or two keys give it different ones.</exception>
    public static void Check(ConfigDraft draft) => Level(draft);

    /// <returns>Null is the codec's own default.</returns>
    /// <inheritdoc cref="Check" path="/exception"/>
    public static int? Level(ConfigDraft draft)
    {
        var (gzip, lz4, zstd) = (draft.Values.OptionalInt64("compression.gzip.level"), draft.Values.OptionalInt64("compression.lz4.level"), draft.Values.OptionalInt64("compression.zstd.level"));
        var codec = draft.Text(Codec)!;
        var (own, lowest, highest) = codec switch
        {
            "gzip" => (gzip is -1 ? null : gzip, 0, 9),
            "lz4" => (lz4, 0, 17),
            "zstd" => (zstd, 1, 22),
            _ => ((long?)null, -1, 22),
        };
        var key = $"compression.{codec}.level";
        long? all = draft.Int64(ForAll) is var level && level >= 0 ? level : null;
        if (all < lowest || all > highest)
            throw draft.Refuse($"{draft.Given(ForAll)} is no level of {draft.Given(Codec)}. Set it to {lowest} to {highest}, or -1 for the default.", ForAll, Codec);
        if (own is not null && all is not null && own != all)
            throw draft.Refuse($"{draft.Given(ForAll)} and {draft.Given(key)} give one codec two levels. Remove {draft.Values.GivenAs(ForAll)}.", ForAll, key);
        return (int?)(own ?? all);
    }
}
