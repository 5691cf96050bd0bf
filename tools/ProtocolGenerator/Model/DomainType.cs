namespace Semel.ProtocolGenerator.Model;

/// <summary>The primitive encodings of the protocol.</summary>
public enum Encoding { Bool, Int8, Int16, UInt16, Int32, UInt32, Int64, Float64, Uuid, String, Bytes, Records }

/// <summary>What a domain type is in C#: the encoding's own type, or an enum or a struct of the vocabulary around it.</summary>
public enum Representation { Plain, Enum, Struct }

/// <summary>What a field means, how it is encoded, and which C# type it has.</summary>
public sealed record DomainType(string Name, Encoding Encoding, Representation Representation)
{
    /// <summary>The encodings by the names that schema files use for them.</summary>
    public static readonly IReadOnlyDictionary<string, Encoding> Encodings = new Dictionary<string, Encoding>
    {
        ["bool"] = Encoding.Bool,
        ["int8"] = Encoding.Int8,
        ["int16"] = Encoding.Int16,
        ["uint16"] = Encoding.UInt16,
        ["int32"] = Encoding.Int32,
        ["uint32"] = Encoding.UInt32,
        ["int64"] = Encoding.Int64,
        ["float64"] = Encoding.Float64,
        ["uuid"] = Encoding.Uuid,
        ["string"] = Encoding.String,
        ["bytes"] = Encoding.Bytes,
        ["records"] = Encoding.Records,
    };

    public bool HasLength => Encoding is Encoding.String or Encoding.Bytes or Encoding.Records;
    public bool IsBytes => Encoding is Encoding.Bytes or Encoding.Records;

    /// <summary>The type of a property that may not be null.</summary>
    public string CSharpType => Representation == Representation.Plain ? EncodingType : Name;

    public string EncodingType => Encoding switch
    {
        Encoding.Bool => "bool",
        Encoding.Int8 => "sbyte",
        Encoding.Int16 => "short",
        Encoding.UInt16 => "ushort",
        Encoding.Int32 => "int",
        Encoding.UInt32 => "uint",
        Encoding.Int64 => "long",
        Encoding.Float64 => "double",
        Encoding.Uuid => "Guid",
        Encoding.String => "string",
        _ => "ReadOnlyMemory<byte>",
    };

    /// <summary>The fewest bytes a value takes.</summary>
    public int SmallestSize(bool flexible) => Encoding switch
    {
        Encoding.Bool or Encoding.Int8 => 1,
        Encoding.Int16 or Encoding.UInt16 => 2,
        Encoding.Int32 or Encoding.UInt32 => 4,
        Encoding.Int64 or Encoding.Float64 => 8,
        Encoding.Uuid => 16,
        Encoding.String => flexible ? 1 : 2,
        _ => flexible ? 1 : 4,
    };
}
