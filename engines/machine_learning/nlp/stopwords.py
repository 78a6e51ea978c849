"""Function words (*palabras vacías*): what carries the grammar of a text and none of its subject."""

from typing import Final

STOP_WORDS: Final = {
    "es": frozenset(
        """a acá ahí ahora al algo alguien algún alguna algunas alguno algunos allá allí ambos ante antes apenas aquel
        aquella aquellas aquello aquellos aquí asimismo así atrás aun aún aunque bajo bastante bien cada casi como cómo
        con conmigo contigo contra cual cuál cuales cuáles cualquier cualquiera cuando cuándo cuanto cuánto cuya cuyas
        cuyo cuyos da dado dan dar de debajo debe deben deber debía del delante demás demasiado dentro desde después
        detrás dice dicen dicha dichas dicho dichos donde dónde dos durante e el él ella ellas ello ellos en encima
        entonces entre era eran eras es esa esas ese eso esos esta está estaba estaban estado estamos están estar estas
        estás este esté estén esto estos estoy estuve estuvo fue fuera fueron fui gran grandes ha había habían haber
        habrá habría hace hacen hacer hacia haciendo han has hasta hay haya hayan he hecho hemos hice hizo hoy hubo
        igual incluso ir jamás junto la las le les lo los luego más mas me mediante menos mi mí mía mías mientras mío
        míos mis misma mismas mismo mismos mucha muchas mucho muchos muy nada nadie ni ningún ninguna ninguno no nos
        nosotras nosotros nuestra nuestras nuestro nuestros nunca o os otra otras otro otros para parece pero poca
        pocas poco pocos podemos poder podrá podría por porque primer primera primero pude pudo puede pueden puedo pues
        que qué quedó queda quien quién quienes quiénes quiere quiero quizá quizás se sea sean según ser será serán
        sería si sí sido siempre siendo sin sino sobre sois solo sólo somos son soy su sus suya suyas suyo suyos tal
        tales también tampoco tan tanta tantas tanto tantos te tenemos tener tengo tenía ti tiene tienen toda todas
        todavía todo todos tras tu tú tus tuvo tuya tuyo u ud uds un una unas uno unos usted ustedes va vamos van varias
        varios ve vez voy vuestra vuestro y ya yo""".split()
    ),
    "en": frozenset(
        """a about above across after again against all almost alone along already also although always am among an and
        another any anybody anyone anything anywhere are area areas around as ask asked at away back be became because
        become been before began behind being below between both but by came can cannot case cases clear clearly come
        could did do does done down during each either enough even ever every everybody everyone everything everywhere
        far few find finds first for four from further gave get gets give given gives go going good got had has have
        having he her here hers herself him himself his how however i if in into is it its itself just keep keeps kind
        knew know known knows last later least less let lets like likely made make making many may me might more most
        mostly much must my myself necessary need needed needs never next no nobody non none noone nor not nothing now
        nowhere of off often on once one only onto or other others our ours ourselves out over own per perhaps possible
        put quite rather really said same saw say says see seem seemed seems several shall she should since so some
        somebody someone something somewhere still such sure take taken than that the their theirs them themselves then
        there therefore these they thing things think this those though through thus to today together too took toward
        two under until up upon us use used uses using very want wanted wants was way ways we well went were what when
        where whether which while who whole whose why will with within without would yet you your yours
        yourself""".split()
    ),
}  # fmt: skip
