using System.Text;

namespace Semel.Client.Configuration;

/// <summary>Reads a properties file; everything that is wrong with it names it and the line.</summary>
internal static class PropertiesFile
{
    static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="KafkaConfigException">The file cannot be read, is no text in UTF-8, has a broken escape, or gives one key two values.</exception>
    public static IReadOnlyList<Property> Read(string path)
    {
        IReadOnlyList<Property> properties;
        try
        {
            properties = PropertiesText.Parse(File.ReadAllText(path, StrictUtf8));
        }
        catch (FormatException broken)
        {
            throw new KafkaConfigException($"{path}, {broken.Message}.");
        }
        catch (DecoderFallbackException)
        {
            throw new KafkaConfigException($"{path} is not text in UTF-8. Save it so, or write what is beyond ASCII as \\u and four hexadecimal digits.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new KafkaConfigException($"the configuration file '{path}' cannot be read: {unreadable.Message} Give the path of a properties file.");
        }
        foreach (var twice in properties.GroupBy(static property => property.Key).Where(static group => group.Select(static property => property.Value).Distinct().Count() > 1))
            throw new KafkaConfigException($"{path} gives {twice.Key} the values {string.Join(" and ", twice.Select(static property => $"'{property.Value}' (line {property.Line})"))}. Remove all but one.", twice.Key);
        return properties;
    }

    /// <summary>Where a property stands, for messages.</summary>
    public static string Place(string path, Property property) => $"{path}, line {property.Line}";
}
